import type { Address, Hash } from '@animechain/core'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import {
  encodeSlashEquivocation,
  type Attestation,
  type CertificateBody,
  type Equivocation,
  type Signed,
} from '@animechain/network-protocol'
import { encodeFunctionData } from 'viem'
import type { NetworkContracts } from './reads.js'
import type { NetworkCall } from './writer.js'

/** A signer of a certificate, as it was posted. */
export interface CertificateSigner {
  /** owner account */
  member: Address
  /** wei that it had at stake then */
  stake: bigint
}

/** Slashing 64 members with eight tokens each takes most of it. */
const SETTLE_GAS = 12_000_000n
const SLASH_GAS = 3_000_000n
const CLAIM_GAS = 300_000n

/** Calls of anybody to the contract of certificates and fast exits. */
export function exitCalls({ fastExits: to }: Pick<NetworkContracts, 'fastExits'>) {
  return {
    /** Releases what was reserved under a certificate, or refills it out of stake, by an accepted game. */
    settle: (body: CertificateBody, game: Address, signers: readonly CertificateSigner[]): NetworkCall => ({
      ...{ what: `settle the certificate of batch ${body.batchIndex}`, to, maxGas: SETTLE_GAS },
      data: encodeFunctionData({
        abi: fastExitsAbi,
        functionName: 'settle',
        args: [body, game, signers],
      }),
    }),
    /** Has a member slashed that attested to another root than was accepted. */
    slashWrong: ({ message, signature }: Signed<Attestation>, game: Address): NetworkCall => ({
      ...{ what: `slash for a wrong root of batch ${message.batchIndex}`, to, maxGas: SLASH_GAS },
      data: encodeFunctionData({
        abi: fastExitsAbi,
        functionName: 'slashWrong',
        args: [message, signature, game],
      }),
    }),
    /** Has a member slashed that attested to two roots of a batch. */
    slashEquivocation: (two: Pick<Equivocation, 'first' | 'second'>): NetworkCall => ({
      ...{ what: `slash for two roots of batch ${two.first.message.batchIndex}`, to, maxGas: SLASH_GAS },
      data: encodeSlashEquivocation(two),
    }),
    /** Shares fees in a token among the signers of a certificate that was released. */
    shareFees: (
      body: CertificateBody,
      asset: Address,
      signers: readonly CertificateSigner[],
    ): NetworkCall => ({
      ...{ what: `share the fees of batch ${body.batchIndex}`, to, maxGas: SETTLE_GAS },
      data: encodeFunctionData({
        abi: fastExitsAbi,
        functionName: 'shareFees',
        args: [body, asset, signers],
      }),
    }),
    /** Pays the bridge what was reserved in a token, once the certificate turned out wrong. */
    refillToken: (id: Hash, token: Address, remoteToken: Address): NetworkCall => ({
      ...{ what: `refill the bridge in ${token}`, to, maxGas: SLASH_GAS },
      data: encodeFunctionData({
        abi: fastExitsAbi,
        functionName: 'refillToken',
        args: [id, token, remoteToken],
      }),
    }),
    /** Pays the sender's credit. The asset zero is ETH. */
    claimCredit: (asset: Address, receiver: Address): NetworkCall => ({
      ...{ what: 'claim credit', to, maxGas: CLAIM_GAS },
      data: encodeFunctionData({ abi: fastExitsAbi, functionName: 'claimCredit', args: [asset, receiver] }),
    }),
  }
}

/** What {@link exitCalls} makes. */
export type ExitCalls = ReturnType<typeof exitCalls>

import {
  BaseError,
  silentLogger,
  silentMetrics,
  systemClock,
  type Address,
  type Clock,
  type Hex,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { diligenceAbi } from '@animechain/contracts/Diligence'
import { drillsAbi } from '@animechain/contracts/Drills'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { gasLimit, l1Sender, purses, type L1Outcome } from '@animechain/l1'
import type { Abi, Account, PublicClient, Transport } from 'viem'
import { reading } from './failures.js'

/** A call of the verifier network's contracts, to be sent. */
export interface NetworkCall {
  /** for logs */
  what: string
  to: Address
  data: Hex
  /** wei */
  value?: bigint
  /** gas that it takes at most */
  maxGas: bigint
  /** wei that its fees may be at most; default: as much as gas and the fee per gas allow */
  maxFee?: bigint
}

/** What became of a call. */
export type NetworkSent =
  /** `fee`: wei that it has cost */
  | { status: 'ok'; hash: Hex; blockNumber: bigint; fee: bigint }
  /** L1 refuses it, or would: nothing is to be done, or not yet. It has cost nothing, but where it reverted when mined. */
  | { status: 'rejected'; reason: string; fee: bigint }
  /** fees are above what a duty may cost: it waits */
  | { status: 'feeTooHigh'; baseFee: bigint }

/** Sends calls of one account, one after the other. */
export interface NetworkWriter {
  readonly address: Address
  /**
   * Simulates a call, sends it and waits for it.
   * @throws {BaseError} `NETWORK_GAS` where it takes more than `maxGas`, `NETWORK_L1_UNREADABLE`, and what the sender of @animechain/l1 fails with
   */
  send(call: NetworkCall, options?: { signal?: AbortSignal }): Promise<NetworkSent>
  /** Has the balance shown, once a minute at most. Never rejects. */
  look(): Promise<void>
}

/** How calls reach L1. */
export interface NetworkWriterOptions {
  client: PublicClient<Transport>
  transport: Transport
  account: Account
  /** wei per gas at most; default: no ceiling */
  maxFeePerGas?: bigint
  /** milliseconds to wait for a transaction before it is sent again with higher fees; default 30,000 */
  resendAfterMs?: number
  /** What the account is for, as metrics of its balance name it; default `attester`. */
  role?: string
  clock?: Clock
  logger?: Logger
  metrics?: Metrics
}

/** Times that a transaction is sent, with rising fees. */
const ATTEMPTS = 6
/** For the names of errors: a call to one contract may revert in another. */
const abi: Abi = [...fastExitsAbi, ...stakeRegistryAbi, ...diligenceAbi, ...drillsAbi]

const tooMuchGas = ({ what, maxGas }: NetworkCall, got: bigint): BaseError =>
  new BaseError(`The transaction to ${what} would take more gas than a duty may.`, {
    code: 'NETWORK_GAS',
    metaMessages: [`Expected at most ${maxGas}, got ${got}.`],
  })

const outcomeOf = (outcome: L1Outcome, fee: bigint): NetworkSent => {
  switch (outcome.status) {
    case 'ok':
      return { status: 'ok', hash: outcome.hash, blockNumber: outcome.blockNumber, fee }
    case 'error':
      throw outcome.error
    case 'rejected':
      return { ...outcome, fee }
    case 'feeTooHigh':
      return { status: 'feeTooHigh', baseFee: outcome.baseFee }
  }
}

/** Wei per gas that may be offered; undefined: as much as L1 asks. */
function ceiling(
  { maxFee }: NetworkCall,
  estimate: bigint,
  maxFeePerGas: bigint | undefined,
): bigint | undefined {
  if (maxFee === undefined) return maxFeePerGas
  const most = maxFee / gasLimit(estimate)
  return maxFeePerGas === undefined || most < maxFeePerGas ? most : maxFeePerGas
}

/** Sends calls by an account, through the sender of @animechain/l1: simulated first, with rising fees, never twice. */
export function networkWriter(options: NetworkWriterOptions): NetworkWriter {
  const { client, transport, account, maxFeePerGas, resendAfterMs = 30_000, role = 'attester' } = options
  const { clock = systemClock, logger = silentLogger, metrics = silentMetrics } = options
  const purse = purses({ client, accounts: { [role]: account.address }, metrics, clock, logger })
  /** Fees of what was mined and is not yet told, by hash: wei. */
  const fees = new Map<Hex, bigint>()
  const sender = l1Sender({
    ...{ client, transport, account, logger, clock, resendAfterMs },
    attempts: ATTEMPTS,
    onMined(receipt) {
      fees.set(receipt.transactionHash, receipt.gasUsed * receipt.effectiveGasPrice)
      purse.paid(receipt)
    },
  })
  return {
    address: sender.address,
    look: () => purse.look(),
    async send(call, { signal } = {}) {
      const { what, to, data, value = 0n } = call
      const gas = await reading(`the gas to ${what}`, () =>
        client.estimateGas({ account, to, data, value }),
      ).catch((error: unknown) => {
        // What is refused is named by the sender.
        if ((error as BaseError).code === 'NETWORK_L1_UNREADABLE') return 0n
        throw error
      })
      if (gas > call.maxGas) throw tooMuchGas(call, gas)
      const most = ceiling(call, gas, maxFeePerGas)
      const submit = { ...(signal && { signal }), ...(most !== undefined && { maxFeePerGas: most }) }
      const hashes: Hex[] = []
      const onSent = (hash: Hex) => void hashes.push(hash)
      const outcome = await sender.send({ what, to, data, value, abi, onSent }, submit)
      const fee = hashes.reduce((sum, hash) => sum + (fees.get(hash) ?? 0n), 0n)
      for (const hash of hashes) fees.delete(hash)
      return outcomeOf(outcome, fee)
    },
  }
}

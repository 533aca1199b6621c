import { type Address, type Hash } from '@animechain/core'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import type { CertificateBody } from '@animechain/network-protocol'
import { getAbiItem, type PublicClient, type Transport } from 'viem'
import type { CertificateSigner } from './exitCalls.js'
import { reading } from './failures.js'
import type { NetworkContracts } from './reads.js'

/** A certificate that somebody posted. */
export interface PostedCertificate {
  id: Hash
  body: CertificateBody
  signers: readonly CertificateSigner[]
  transactionHash: Hash
  blockNumber: bigint
}

/** A reservation in a token, under a certificate. */
export interface TokenReservation {
  id: Hash
  token: Address
  remoteToken: Address
}

/** L1 blocks that are asked for at once. */
const RANGE = 2_000n

const certified = getAbiItem({ abi: fastExitsAbi, name: 'Certified' })
const reserved = getAbiItem({ abi: fastExitsAbi, name: 'Reserved' })

/** Follows the events of fast exits up to L1's final block. */
export function exitEvents(
  client: PublicClient<Transport>,
  { fastExits: address }: Pick<NetworkContracts, 'fastExits'>,
) {
  async function between(fromBlock: bigint, toBlock: bigint) {
    const [posted, reservations] = await Promise.all([
      client.getLogs({ address, event: certified, fromBlock, toBlock, strict: true }),
      client.getLogs({ address, event: reserved, fromBlock, toBlock, strict: true }),
    ])
    return {
      posted: posted.map(({ args: { id, body, owners, stakes }, transactionHash, blockNumber }) => ({
        ...{ id, body, transactionHash, blockNumber },
        signers: owners.map((member, i) => ({ member, stake: stakes[i]! })),
      })) satisfies PostedCertificate[],
      reservations: reservations
        .filter(({ args: { asset } }) => BigInt(asset) !== 0n)
        .map(({ args: { id, asset, remoteToken } }) => ({
          ...{ id, remoteToken },
          token: asset,
        })) satisfies TokenReservation[],
    }
  }
  return {
    /** L1's final block; undefined while there is none. */
    finalBlock: (): Promise<bigint | undefined> =>
      reading("L1's final block", () =>
        client.getBlock({ blockTag: 'finalized' }).then(
          ({ number }) => number,
          (error: Error) => {
            if (/block not found|could not be found/i.test(error.message)) return undefined
            throw error
          },
        ),
      ),
    /** Events from a block on, of a bounded number of blocks, and the block to go on from. */
    async next(from: bigint, final: bigint) {
      const to = from + RANGE - 1n < final ? from + RANGE - 1n : final
      const found = await reading('events of fast exits', () => between(from, to))
      return { ...found, next: to + 1n }
    },
    /** Input of a transaction. */
    inputOf: (hash: Hash) =>
      reading('a transaction that posted a certificate', async () =>
        client.getTransaction({ hash }).then(({ input }) => input),
      ),
  }
}

/** What {@link exitEvents} makes. */
export type ExitEvents = ReturnType<typeof exitEvents>

import { BaseError, type Address, type Hash, type Hex } from '@animechain/core'
import { availabilityChallengeAbi, committeeRegistryAbi } from '@animechain/contracts'
import {
  decodeEventLog,
  decodeFunctionResult,
  encodeEventTopics,
  encodeFunctionData,
  hexToBigInt,
  numberToHex,
  type Abi,
} from 'viem'
import type { L1Rpc } from '../committees.js'

/** Where a challenge stands, as `IAvailabilityChallenge.Status` counts. */
export const challengeStatus = { none: 0, opened: 1, drawn: 2, closed: 3 } as const

/** What of a challenge its node looks at. */
export interface OpenChallenge {
  /** {@link challengeStatus} */
  status: number
  shard: number
  /** L1 time until which it must be answered, seconds; 0 until its leaf is drawn */
  deadline: bigint
  /** who must answer */
  member: Address
  blob: Hash
  /** zero for batches */
  project: Hash
}

/** The leaf that was drawn. */
export interface DrawnLeaf {
  stripe: number
  leaf: number
  /** bytes */
  length: number
}

/** A challenge as it was opened. */
export interface OpenedLog {
  id: bigint
  blockNumber: bigint
}

/** A block by its number, as hex, or a tag. */
type At = 'latest' | 'finalized' | Hex

/** What a node reads of `AvailabilityChallenge`. Methods reject with `VAULT_CHALLENGES` where L1 does not answer. */
export interface ChallengeReader {
  /** The account that the challenges of a key go to; undefined: the key never joined. */
  memberOf(key: Address): Promise<Address | undefined>
  /** Open challenges of a member, 16 at most. */
  openOf(member: Address, at: At): Promise<number>
  challenge(id: bigint, at: At): Promise<OpenChallenge>
  leaf(id: bigint): Promise<DrawnLeaf>
  /** What a node loses that does not answer, wei. */
  penalty(): Promise<bigint>
  /** Number and time, seconds. */
  block(at: At): Promise<{ number: bigint; timestamp: bigint }>
  /** Challenges of a member that were opened in these blocks, both included. */
  opened(member: Address, from: bigint, to: bigint): Promise<readonly OpenedLog[]>
}

const abi = availabilityChallengeAbi as Abi
const zeroAddress: Address = `0x${'00'.repeat(20)}`

/** Reads the contract over JSON-RPC. */
export function challengeReader(rpc: L1Rpc, contract: Address, registry: Address): ChallengeReader {
  async function ask(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await rpc.request({ method, params })
    } catch (cause) {
      throw new BaseError('The challenges on L1 cannot be read.', { code: 'VAULT_CHALLENGES', cause })
    }
  }
  async function read(
    functionName: string,
    args: readonly unknown[],
    at: At = 'latest',
    from: { to: Address; abi: Abi } = { to: contract, abi },
  ): Promise<unknown> {
    const call = { abi: from.abi, functionName }
    const data = await ask('eth_call', [{ to: from.to, data: encodeFunctionData({ ...call, args }) }, at])
    return decodeFunctionResult({ ...call, data: data as Hex })
  }
  let penalty: Promise<bigint> | undefined

  return {
    async memberOf(key) {
      const of = { to: registry, abi: committeeRegistryAbi as Abi }
      const member = (await read('ownerOfKey', [key], 'latest', of)) as Address
      return member === zeroAddress ? undefined : member
    },
    openOf: async (member, at) => Number(await read('openOf', [member], at)),
    challenge: async (id, at) => (await read('challengeOf', [id], at)) as OpenChallenge,
    async leaf(id) {
      const [stripe, leaf, length] = (await read('leafOf', [id])) as [bigint, bigint, bigint]
      return { stripe: Number(stripe), leaf: Number(leaf), length: Number(length) }
    },
    penalty() {
      if (penalty === undefined) {
        penalty = read('penalty', []) as Promise<bigint>
        penalty.catch(() => (penalty = undefined))
      }
      return penalty
    },
    async block(at) {
      const block = (await ask('eth_getBlockByNumber', [at, false])) as {
        number: Hex
        timestamp: Hex
      } | null
      if (block === null)
        throw new BaseError(`L1 has no ${at} block.`, {
          code: 'VAULT_CHALLENGES',
          metaMessages: ['Expected an endpoint that is in sync and knows finalized blocks.'],
        })
      return { number: hexToBigInt(block.number), timestamp: hexToBigInt(block.timestamp) }
    },
    async opened(member, from, to) {
      const topics = encodeEventTopics({ abi, eventName: 'ChallengeOpened', args: { member } })
      const filter = { address: contract, topics, fromBlock: numberToHex(from), toBlock: numberToHex(to) }
      const logs = (await ask('eth_getLogs', [filter])) as {
        topics: [Hex, ...Hex[]]
        data: Hex
        blockNumber: Hex
      }[]
      return logs.map(({ topics, data, blockNumber }) => {
        const { args } = decodeEventLog({ abi, eventName: 'ChallengeOpened', topics, data })
        return { id: (args as unknown as { id: bigint }).id, blockNumber: hexToBigInt(blockNumber) }
      })
    },
  }
}

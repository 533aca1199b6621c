import {
  BaseError,
  bytesToHex,
  equalBytes,
  hexToBytes,
  keccak256,
  silentLogger,
  systemClock,
  type Address,
  type Clock,
  type Hash,
  type Logger,
} from '@animechain/core'
import { altDaAbi } from '@animechain/contracts'
import { l1Sender, l1Transport, type L1Outcome } from '@animechain/l1'
import {
  createPublicClient,
  decodeFunctionData,
  encodeFunctionData,
  type Account,
  type PublicClient,
  type Transport,
} from 'viem'

/** For a look at L1, milliseconds. */
const READ_TIMEOUT_MS = 8_000
/** For a request that sends, which is worth waiting for. milliseconds */
const SEND_TIMEOUT_MS = 20_000
/** Times that a transaction is sent, with rising fees. */
const ATTEMPTS = 4

/** Where the `AltDA` contract is, and who pays for what is sent to it. */
export interface AltDaL1Options {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half) */
  rpcUrl: string | readonly string[]
  quorum?: number
  /** `altDa` of the deployment */
  contract: Address
  /** Announces, and answers challenges: the batcher's. Reading needs none. */
  account?: Account
  /** L1 block from which on the contract exists; default 0 */
  startBlock?: bigint
  /** milliseconds between two looks at L1 while a window passes; default 1,000 */
  pollMs?: number
  /** milliseconds to wait for a transaction before it is sent again with higher fees; default 30,000 */
  resendAfterMs?: number
  logger?: Logger
  clock?: Clock
}

/** Where a commitment stands on L1, in the order of the contract. */
export const altDaStates = ['none', 'open', 'challenged', 'expired', 'available', 'stale'] as const
/** One of {@link altDaStates}. */
export type AltDaState = (typeof altDaStates)[number]

/** The `AltDA` contract as clients and watchers use it. What fails is thrown. */
export interface AltDaContract {
  readonly client: PublicClient<Transport>
  /** Where a commitment stands in the newest block, and the last block of that (0: it lasts). */
  stateOf(hash: Hash): Promise<{ state: AltDaState; until: bigint }>
  announce(hash: Hash, signal?: AbortSignal): Promise<void>
  /** Sends the bond along. */
  challenge(hash: Hash, signal?: AbortSignal): Promise<void>
  /** Posts the bytes of a challenged commitment. */
  resolve(data: Uint8Array, signal?: AbortSignal): Promise<void>
  /** Takes back the bond of an expired challenge. */
  expire(hash: Hash, signal?: AbortSignal): Promise<void>
  /** Pays out what the account has coming; false where there is nothing. */
  withdraw(account: Address, signal?: AbortSignal): Promise<boolean>
  /** The bytes that answered a challenge, from L1's calldata; undefined where none did. */
  posted(hash: Hash): Promise<Uint8Array | undefined>
  /** Announcements in these L1 blocks, both included. */
  announcements(from: bigint, to: bigint): Promise<readonly { hash: Hash; challengeUntil: bigint }[]>
}

type Call = Pick<Parameters<ReturnType<typeof l1Sender>['send']>[0], 'what' | 'data' | 'value'>

/** @throws {BaseError} `ALTDA_L1` unless it was mined and did what it should */
function expectOk(what: string, outcome: L1Outcome): void {
  if (outcome.status === 'ok') return
  const cause = outcome.status === 'error' ? outcome.error : undefined
  const reason =
    outcome.status === 'rejected'
      ? outcome.reason
      : outcome.status === 'feeTooHigh'
        ? `the base fee is ${outcome.baseFee} wei`
        : outcome.error.message
  throw new BaseError(`L1 did not ${what}: ${reason}.`, { code: 'ALTDA_L1', ...(cause ? { cause } : {}) })
}

function sending(options: AltDaL1Options) {
  const { rpcUrl, quorum, contract, account, resendAfterMs = 30_000, logger = silentLogger } = options
  const transport = l1Transport(rpcUrl, {
    ...(quorum === undefined ? {} : { quorum }),
    timeoutMs: SEND_TIMEOUT_MS,
  })
  const sender =
    account &&
    l1Sender({
      client: createPublicClient({ transport, pollingInterval: 250 }),
      transport,
      account,
      logger,
      clock: options.clock ?? systemClock,
      resendAfterMs,
      attempts: ATTEMPTS,
    })
  return async (call: Call, signal?: AbortSignal) => {
    if (!sender) throw new BaseError(`There is no account to ${call.what} with.`, { code: 'ALTDA_L1' })
    const outcome = await sender.send({ ...call, to: contract, abi: altDaAbi }, signal ? { signal } : {})
    expectOk(call.what, outcome)
  }
}

/** The bytes of a `resolve`, where a transaction's input is one for this hash. */
function resolvedIn(input: Hash, hash: Hash): Uint8Array | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: altDaAbi, data: input })
    if (functionName !== 'resolve') return undefined
    const data = hexToBytes(args[0])
    return equalBytes(keccak256(data), hexToBytes(hash)) ? data : undefined
  } catch {
    return undefined
  }
}

const callOf = (functionName: 'announce' | 'challenge' | 'expire', hash: Hash) =>
  encodeFunctionData({ abi: altDaAbi, functionName, args: [hash] })

/** The `AltDA` contract of a chain on an Ethereum L1. */
export function altDaContract(options: AltDaL1Options): AltDaContract {
  const { rpcUrl, quorum, contract: address, startBlock = 0n } = options
  const client = createPublicClient({
    transport: l1Transport(rpcUrl, {
      ...(quorum === undefined ? {} : { quorum }),
      timeoutMs: READ_TIMEOUT_MS,
    }),
    cacheTime: 0,
    pollingInterval: 250,
  })
  const send = sending(options)
  const read = { address, abi: altDaAbi } as const
  let bond: bigint | undefined

  return {
    client,
    async stateOf(hash) {
      const [state, until] = await client.readContract({ ...read, functionName: 'stateOf', args: [hash] })
      return { state: altDaStates[state]!, until }
    },
    announce: (hash, signal) =>
      send({ what: 'announce a commitment', data: callOf('announce', hash) }, signal),
    async challenge(hash, signal) {
      bond ??= await client.readContract({ ...read, functionName: 'bond' })
      await send({ what: 'challenge a commitment', data: callOf('challenge', hash), value: bond }, signal)
    },
    resolve: (bytes, signal) =>
      send(
        {
          what: 'post the bytes of a commitment',
          data: encodeFunctionData({ abi: altDaAbi, functionName: 'resolve', args: [bytesToHex(bytes)] }),
        },
        signal,
      ),
    expire: (hash, signal) => send({ what: 'take back a bond', data: callOf('expire', hash) }, signal),
    async withdraw(account, signal) {
      const credit = await client.readContract({ ...read, functionName: 'credit', args: [account] })
      if (credit === 0n) return false
      const data = encodeFunctionData({ abi: altDaAbi, functionName: 'withdraw', args: [account] })
      await send({ what: 'withdraw credit', data }, signal)
      return true
    },
    async posted(hash) {
      const logs = await client.getContractEvents({
        ...read,
        eventName: 'Resolved',
        args: { hash },
        fromBlock: startBlock,
      })
      for (const { transactionHash } of logs) {
        const { input } = await client.getTransaction({ hash: transactionHash })
        const data = resolvedIn(input, hash)
        if (data) return data
      }
      return undefined
    },
    async announcements(from, to) {
      const logs = await client.getContractEvents({
        ...read,
        eventName: 'Announced',
        fromBlock: from,
        toBlock: to,
        strict: true,
      })
      return logs.map(({ args }) => args)
    },
  }
}

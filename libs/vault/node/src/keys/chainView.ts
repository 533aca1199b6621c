import {
  BaseError,
  steadyTime,
  type Address,
  type Clock,
  type Hash,
  type Hex,
  type Lifecycle,
  type Logger,
} from '@animechain/core'
import { boundedMap, loop } from '@animechain/runtime'
import type { Erase, Signed } from '@animechain/vault-protocol'
import {
  decodeFunctionData,
  decodeFunctionResult,
  encodeEventTopics,
  encodeFunctionData,
  numberToHex,
  parseAbi,
  zeroAddress,
  type Abi,
  type ContractFunctionName,
} from 'viem'
import { accessRegistryAbi, grantsAbi } from '@animechain/contracts'
import type { PolicyAnswer } from './decide.js'

/** Gas of a call of a policy at most. docs/spec/vault.md, section 5 */
export const policyGas = 5_000_000n
/** Gas of a call of a wallet (ERC-1271) at most. docs/spec/vault.md, section 4 */
export const walletGas = 300_000n

/** What the node asks L2 with: a transport of viem, or anything that speaks JSON-RPC. Rejects with an error that has `code` where L2 answered with one. */
export interface L2Rpc {
  request(call: { method: string; params: readonly unknown[] }): Promise<unknown>
}

/** A block of L2 as the node sees it. */
export interface ViewBlock {
  number: bigint
  hash: Hash
  /** seconds */
  timestamp: bigint
}

/** The newest block, and since when the node has it. */
export interface Head extends ViewBlock {
  /** when it came, milliseconds of the steady clock */
  arrivedAt: number
}

/** A project as the registry has it. */
export interface Project {
  owner: Address
  /** absent: it releases nothing */
  policy?: Address
}

/** Age of a look at the newest block after which a decision looks again, milliseconds: who was let in a moment ago is let in. */
const LOOK_MS = 50

/** An object was erased on chain. */
export interface ChainErasure {
  project: Hash
  object: Hash
  transaction: Hash
}

/** What is asked of a policy. */
export interface PolicyQuestion {
  object: Hash
  rendition: number
  subject: Hex
  purpose: number
  evidence: Hex
}

/** L2 could not be asked: nothing is known, least of all that something is absent. */
export class UnseenError extends BaseError {
  constructor(cause?: unknown) {
    super('L2 did not answer.', { code: 'VAULT_L2_UNSEEN', cause })
  }
}

/**
 * What a key node sees of L2. Everything is asked at a block by its hash, so that what a decision rests on is one state, which its receipt names.
 * Methods reject with {@link UnseenError} where L2 does not answer.
 */
export interface ChainView extends Lifecycle {
  /**
   * The newest block, asked for again when the last look is older than a moment, or `now`. Undefined before the first; never rejects.
   */
  head(options?: { now?: boolean }): Promise<Head | undefined>
  /** The newest block that is safe on L1; undefined where there is none. */
  safe(): Promise<ViewBlock | undefined>
  /** Undefined: nobody has registered it. */
  project(project: Hash, at: Hash): Promise<Project | undefined>
  /** Powers of an account, bits of {@link powers}. */
  powersOf(project: Hash, account: Address, at: Hash): Promise<number>
  /** Whether a signature is that of the owner's contract (ERC-1271), or of a key with these powers. */
  isSignedFor(project: Hash, power: number, digest: Hash, signature: Hex, at: Hash): Promise<boolean>
  /** Whether an object, or what it is part of, was erased on chain. */
  isErased(project: Hash, path: readonly Hash[], at: Hash): Promise<boolean>
  /** Never rejects: `unseen`. */
  mayRelease(policy: Address, question: PolicyQuestion, at: Hash): Promise<PolicyAnswer>
  /** Whether the contract of an account says, by ERC-1271 and by nothing but its exact answer, that a signature is the account's. */
  isWalletSignature(account: Address, digest: Hash, signature: Hex, at: Hash): Promise<boolean>
  /** Every `Erased` of the registry in blocks `from` to `to`, in their order: of blocks that are safe. */
  erasures(from: bigint, to: bigint): Promise<readonly ChainErasure[]>
  /** The owner's signed order that a transaction carried to the registry; undefined where it carried none. */
  eraseOrder(transaction: Hash): Promise<Signed<Erase> | undefined>
  /** What a node anchored last: how many receipts it had, and the root over the newest of each project. Undefined: nothing. */
  anchor(node: Address, at: Hash): Promise<{ sequence: bigint; root: Hash; timestamp: bigint } | undefined>
}

/** Powers of delegates, bits. The owner has all. */
export const powers = { grant: 1, revoke: 2, manifest: 4, erase: 8, read: 16 } as const

/** How {@link chainView} looks at L2. */
export interface ChainViewOptions {
  rpc: L2Rpc
  /** A replica of one's own, which derives the chain from L1: asked about the safe block. Default: the same. */
  safeRpc?: L2Rpc
  registry: Address
  clock: Clock
  logger: Logger
  /** milliseconds between two looks at the newest block; default 400 */
  pollMs?: number
}

const walletAbi = parseAbi([
  'function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)',
])
/** The whole answer of ERC-1271, 32 bytes. */
const walletSays = `0x1626ba7e${'00'.repeat(28)}`
/** Codes and words of nodes for a call that ran and failed, unlike one that could not be made. */
const failedCall = /revert|out ?of ?gas|gas required|invalid ?opcode|stack|execution|evm error/i

const hasFailed = (error: unknown): boolean => {
  for (
    let each = error as { code?: unknown; message?: string; cause?: unknown } | undefined, i = 0;
    each && i < 8;
    i++
  ) {
    if (each.code === 3) return true
    if (typeof each.code === 'number' && each.code < 0 && failedCall.test(each.message ?? '')) return true
    each = each.cause as typeof each
  }
  return false
}

/** A call that ran and failed. */
class FailedCall extends Error {}

const blockOf = (found: unknown): ViewBlock | undefined => {
  const { number, hash, timestamp } = (found ?? {}) as { number?: Hex; hash?: Hash; timestamp?: Hex }
  if (typeof number !== 'string' || typeof hash !== 'string' || typeof timestamp !== 'string')
    return undefined
  return { number: BigInt(number), hash, timestamp: BigInt(timestamp) }
}

/** Safe blocks that are remembered, to ask whoever has them about them. */
const SAFE_BLOCKS = 64

/** The two sides that L2 is asked on: the newest blocks, and those that are safe on L1. */
function sides({ rpc, safeRpc = rpc }: ChainViewOptions) {
  const safeHashes = boundedMap<Hash, true>(SAFE_BLOCKS)
  const block = async (from: L2Rpc, tag: string) => {
    try {
      return blockOf(await from.request({ method: 'eth_getBlockByNumber', params: [tag, false] }))
    } catch (error) {
      throw new UnseenError(error)
    }
  }
  return {
    latest: () => block(rpc, 'latest'),
    async safe() {
      const found = await block(safeRpc, 'safe')
      if (found) safeHashes.set(found.hash, true)
      return found
    },
    async call(to: Address, data: Hex, gas: bigint, at: Hash): Promise<Hex> {
      try {
        const from = safeHashes.has(at) ? safeRpc : rpc
        const call = { to, data, gas: numberToHex(gas) }
        const result = await from.request({
          method: 'eth_call',
          params: [call, { blockHash: at, requireCanonical: false }],
        })
        return result as Hex
      } catch (error) {
        throw hasFailed(error) ? new FailedCall() : new UnseenError(error)
      }
    },
  }
}

/** Answers that hold for a block, kept for the last few blocks. */
function remembered() {
  const answers = boundedMap<string, Promise<unknown>>(10_000)
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = answers.get(key) as Promise<T> | undefined
    if (known) return known
    const asked = ask()
    answers.set(key, asked)
    asked.catch(() => answers.delete(key))
    return asked
  }
}

/** The newest block, and when it came. */
function headWatch(
  { clock, logger, pollMs = 400 }: ChainViewOptions,
  latest: () => Promise<ViewBlock | undefined>,
) {
  let newest: Head | undefined
  let lookedAt = -Infinity
  let looking: Promise<void> | undefined
  async function look(): Promise<void> {
    const found = await latest()
    if (found === undefined) throw new UnseenError()
    lookedAt = steadyTime(clock)
    if (newest?.hash !== found.hash) newest = { ...found, arrivedAt: lookedAt }
  }
  const lookOnce = () => (looking ??= look().finally(() => (looking = undefined)))
  return {
    watch: loop({ name: 'vault head', pollMs, maxBackoffMs: 1_000, step: lookOnce }, { clock, logger }),
    async head({ now = false } = {}): Promise<Head | undefined> {
      if (now || steadyTime(clock) - lookedAt > LOOK_MS) await lookOnce().catch(() => {})
      return newest
    },
  }
}

type Call = ReturnType<typeof sides>['call']

/** What was erased, by the registry's events and the transactions that they are of. Asked of whoever has the safe blocks: what follows is final. */
function erasureReader({ rpc, safeRpc = rpc, registry }: ChainViewOptions) {
  const ask = async <T>(method: string, params: readonly unknown[]): Promise<T> => {
    try {
      return (await safeRpc.request({ method, params })) as T
    } catch (error) {
      throw new UnseenError(error)
    }
  }
  return {
    async erasures(from: bigint, to: bigint): Promise<readonly ChainErasure[]> {
      const topics = encodeEventTopics({ abi: accessRegistryAbi, eventName: 'Erased' })
      const [fromBlock, toBlock] = [numberToHex(from), numberToHex(to)]
      const filter = { address: registry, topics, fromBlock, toBlock }
      const logs = await ask<readonly { topics: readonly Hash[]; transactionHash: Hash }[]>('eth_getLogs', [
        filter,
      ])
      return logs.flatMap(({ topics: [, project, object], transactionHash: transaction }) =>
        project && object ? [{ project, object, transaction }] : [],
      )
    },
    async eraseOrder(transaction: Hash): Promise<Signed<Erase> | undefined> {
      const found = await ask<{ to?: Address | null; input: Hex } | null>('eth_getTransactionByHash', [
        transaction,
      ])
      if (found?.to?.toLowerCase() !== registry.toLowerCase()) return undefined
      try {
        const { functionName, args } = decodeFunctionData({ abi: accessRegistryAbi, data: found.input })
        if (functionName !== 'eraseBySignature') return undefined
        const [message, signature] = args
        return { message, signature }
      } catch {
        return undefined
      }
    },
  }
}

/** What the registry says, remembered for each block. */
function registryReader(registry: Address, call: Call) {
  const once = remembered()
  const read = async (
    functionName: ContractFunctionName<typeof accessRegistryAbi, 'view'>,
    args: readonly unknown[],
    at: Hash,
  ): Promise<unknown> => {
    const asked = { abi: accessRegistryAbi as Abi, functionName }
    try {
      // The registry's own functions never fail: who gives no answer is no registry, or has not the block.
      return decodeFunctionResult({
        ...asked,
        data: await call(registry, encodeFunctionData({ ...asked, args }), policyGas, at),
      })
    } catch (error) {
      throw error instanceof UnseenError ? error : new UnseenError(error)
    }
  }
  return {
    project: (project: Hash, at: Hash): Promise<Project | undefined> =>
      once(`project ${at} ${project}`, async () => {
        const { owner, policy } = (await read('projectOf', [project], at)) as Required<Project>
        if (owner === zeroAddress) return undefined
        return {
          owner: owner.toLowerCase() as Address,
          ...(policy === zeroAddress ? {} : { policy: policy.toLowerCase() as Address }),
        }
      }),
    powersOf: (project: Hash, account: Address, at: Hash): Promise<number> =>
      once(`powers ${at} ${project} ${account}`, async () =>
        Number(await read('powersOf', [project, account], at)),
      ),
    isSignedFor: async (
      project: Hash,
      power: number,
      digest: Hash,
      signature: Hex,
      at: Hash,
    ): Promise<boolean> => (await read('signerFor', [project, power, digest, signature], at)) !== zeroAddress,
    isErased: (project: Hash, path: readonly Hash[], at: Hash): Promise<boolean> =>
      once(`erased ${at} ${project} ${path.join('')}`, async () =>
        Boolean(await read('isErased', [project, path], at)),
      ),
    async anchor(node: Address, at: Hash) {
      const [sequence, timestamp, root] = (await read('anchorOf', [node], at)) as [bigint, bigint, Hash]
      return timestamp === 0n ? undefined : { sequence, timestamp, root }
    },
  }
}

/** L2 by JSON-RPC. */
export function chainView(options: ChainViewOptions): ChainView {
  const { latest, safe, call } = sides(options)
  const { watch, head } = headWatch(options, latest)
  return {
    ...registryReader(options.registry, call),
    ...erasureReader(options),
    start: () => watch.start(),
    stop: () => watch.stop(),
    head,
    safe,
    async mayRelease(policy, { object, rendition, subject, purpose, evidence }, at) {
      const asked = { abi: grantsAbi, functionName: 'mayRelease' } as const
      try {
        const args = [object, rendition, subject, purpose, evidence] as const
        const data = await call(policy, encodeFunctionData({ ...asked, args }), policyGas, at)
        const [until, reason] = decodeFunctionResult({ ...asked, data })
        return { status: 'answer', until, reason }
      } catch (error) {
        return { status: error instanceof UnseenError ? 'unseen' : 'failed' }
      }
    },
    async isWalletSignature(account, digest, signature, at) {
      const args = [digest, signature] as const
      const data = encodeFunctionData({ abi: walletAbi, functionName: 'isValidSignature', args })
      try {
        return (await call(account, data, walletGas, at)) === walletSays
      } catch (error) {
        if (error instanceof FailedCall) return false
        throw error
      }
    },
  }
}

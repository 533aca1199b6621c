import { BaseError, type Address, type Hash } from '@animechain/core'
import { boundedMap, mutex } from '@animechain/runtime'
import {
  messageHash,
  signMessage,
  signedFromJson,
  toJson,
  type MessageSigner,
  type Receipt,
  type ReleaseBinding,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import {
  entriesOf,
  ordinal,
  withPrefix,
  type MetadataOperation,
  type MetadataStore,
} from '../metadata/store.js'
import type { Mark } from './mark.js'

/** What was decided, before it is a receipt. */
export type Decision = Omit<Receipt, 'node' | 'sequence' | 'previous'>

/** What is written with a receipt, at once or not at all. */
export interface DecisionRecord {
  decision: Decision
  /** What was asked, as JSON, for auditors of the project. */
  body?: string
  /** what a release is bound to, for the same */
  bound?: ReleaseBinding
  operations: readonly MetadataOperation[]
}

/** A receipt on disk, with what was asked. */
export interface StoredReceipt {
  receipt: Signed<Receipt>
  /** JSON of a `ReleaseBody` */
  body?: unknown
  bound?: ReleaseBinding
}

/** The newest receipt of a project's chain. */
export interface Newest {
  next: bigint
  hash: Hash
}

/** A node's chains of decisions, one for each project. */
export interface ReceiptLog {
  /** Opens the log, and checks that nothing of it was lost. @throws {BaseError} `VAULT_RECEIPTS_LOST` */
  start(): Promise<void>
  /** Signs the next receipt of its project. Resolves when it, and what is written with it, is on disk. */
  append(record: DecisionRecord): Promise<Signed<Receipt>>
  /** Receipts of all projects. */
  readonly count: bigint
  newest(project: Hash): Promise<Newest>
  /** The newest receipt of every project. */
  chains(): AsyncIterable<{ project: Hash; newest: Newest }>
  /** A page of a project's from a sequence on. */
  page(project: Hash, from: bigint, limit: number): Promise<readonly StoredReceipt[]>
}

/** Receipts that are written at once. */
const MOST_AT_ONCE = 256
/** Projects whose newest receipts are in memory. */
const REMEMBERED = 10_000
const zeroHash: Hash = `0x${'00'.repeat(32)}`
const receiptKey = (project: Hash, sequence: bigint) => `receipt/${project}/${ordinal(sequence)}`
/** Newest receipt of each chain; the same is in the receipt itself, but here all chains can be listed. */
const newestKey = (project: Hash) => `newest/${project}`
/** How many receipts there are, and a hash over all of them in their order: what the mark is held against. */
const totalKey = 'receipts-total'

interface Waiting {
  record: DecisionRecord
  done: (receipt: Signed<Receipt>) => void
  failed: (error: unknown) => void
}

const json = (value: unknown) => Buffer.from(toJson(value))
const parse = (value: Uint8Array) => JSON.parse(Buffer.from(value).toString()) as Record<string, string>

/** What the log is made of. */
interface LogParts {
  metadata: MetadataStore
  signer: MessageSigner
  domain: VaultDomain
  /** what this machine knows of the log, apart from the metadata */
  mark?: Mark
}

const newestOf = (value: Uint8Array | undefined): Newest => {
  if (value === undefined) return { next: 0n, hash: zeroHash }
  const { next, hash } = parse(value)
  return { next: BigInt(next!), hash: hash as Hash }
}

/** How far the log is, as the metadata has it. */
function logState(metadata: MetadataStore, node: Address) {
  const heads = boundedMap<Hash, Newest>(REMEMBERED)
  const state = {
    total: newestOf(undefined),
    /** Whether `total` and the newest of projects are what the metadata has. */
    isLoaded: false,
    async load(): Promise<void> {
      state.isLoaded = false
      heads.clear()
      const found = await metadata.get(totalKey)
      const owner = found && parse(found).node
      if (owner !== undefined && owner !== node)
        throw new BaseError('The receipts in the metadata are of another node.', {
          code: 'VAULT_RECEIPTS_LOST',
          metaMessages: [
            `Expected receipts of ${node}, got ${owner}. A node with another key begins with empty metadata.`,
          ],
        })
      state.total = newestOf(found)
      state.isLoaded = true
    },
    newest: async (project: Hash) => heads.get(project) ?? newestOf(await metadata.get(newestKey(project))),
    set(chains: ReadonlyMap<Hash, Newest>, total: Newest) {
      for (const [project, head] of chains) heads.set(project, head)
      state.total = total
    },
  }
  return state
}

type LogState = ReturnType<typeof logState>

/** Signs what waits, each after the one before it in its project. */
async function sign({ signer, domain }: LogParts, state: LogState, batch: readonly Waiting[]) {
  const node = signer.address.toLowerCase() as Address
  const chains = new Map<Hash, Newest>()
  const operations: MetadataOperation[] = []
  const receipts: Signed<Receipt>[] = []
  let after = state.total
  for (const { record } of batch) {
    const { project } = record.decision
    const { next: sequence, hash: previous } = chains.get(project) ?? (await state.newest(project))
    const receipt = await signMessage(signer, domain, 'Receipt', {
      node,
      sequence,
      previous,
      ...record.decision,
    })
    const { body, bound } = record
    const value = { receipt, ...(body !== undefined && { body }), ...(bound && { bound }) }
    operations.push(
      { type: 'put', key: receiptKey(project, sequence), value: json(value) },
      ...record.operations,
    )
    receipts.push(receipt)
    chains.set(project, { next: sequence + 1n, hash: messageHash(domain, 'Receipt', receipt.message) })
    const chained = { ...receipt.message, previous: after.hash }
    after = { next: after.next + 1n, hash: messageHash(domain, 'Receipt', chained) }
  }
  for (const [project, head] of chains)
    operations.push({ type: 'put', key: newestKey(project), value: json(head) })
  operations.push({ type: 'put', key: totalKey, value: json({ node, ...after }) })
  return { chains, operations, receipts, after }
}

/** Writes receipts: everything that waits is one batch, with one sync for all of it. */
function writer(parts: LogParts, state: LogState) {
  const writing = mutex()
  let waiting: Waiting[] = []

  async function flush(): Promise<void> {
    const batch = waiting.slice(0, MOST_AT_ONCE)
    waiting = waiting.slice(MOST_AT_ONCE)
    if (batch.length === 0) return
    try {
      if (!state.isLoaded) await state.load()
      const { chains, operations, receipts, after } = await sign(parts, state, batch)
      await parts.metadata.batch(operations)
      state.set(chains, after)
      await parts.mark?.write(after.next, after.hash)
      batch.forEach(({ done }, i) => done(receipts[i]!))
    } catch (error) {
      // Whether the batch is there is not known: what stands decides what comes next. None of its receipts has left the node.
      state.isLoaded = false
      for (const { failed } of batch) failed(error)
    }
  }

  return (record: DecisionRecord): Promise<Signed<Receipt>> =>
    new Promise((done, failed) => {
      waiting.push({ record, done, failed })
      void writing.run(flush)
    })
}

/** @throws {BaseError} `VAULT_RECEIPTS_LOST` where the mark is ahead of the log */
async function expectWhole({ total }: LogState, mark: Mark | undefined): Promise<void> {
  const marked = await mark?.read()
  if (marked === undefined) return
  const isLost = marked.next > total.next || (marked.next === total.next && marked.newest !== total.hash)
  if (!isLost) return
  throw new BaseError('Receipts that left this node are not in its log: the metadata was set back.', {
    code: 'VAULT_RECEIPTS_LOST',
    metaMessages: [
      `Expected ${marked.next} receipts, got ${total.next}. Signing on would give a sequence twice, which costs the stake.`,
      'Restore the newest metadata, or join the committee with another key and empty metadata.',
    ],
  })
}

/** Opens the log of a node in its metadata. */
export function receiptLog(parts: LogParts): ReceiptLog {
  const { metadata, signer, mark } = parts
  const state = logState(metadata, signer.address.toLowerCase() as Address)
  return {
    get count() {
      return state.total.next
    },
    async start() {
      await state.load()
      await expectWhole(state, mark)
    },
    append: writer(parts, state),
    newest: (project) => state.newest(project),
    async *chains() {
      for await (const [key, value] of entriesOf(metadata, 'newest/'))
        yield { project: key.slice('newest/'.length) as Hash, newest: newestOf(value) }
    },
    async page(project, from, limit) {
      const { lt } = withPrefix(`receipt/${project}/`)
      const found = await metadata.list({ gte: receiptKey(project, from), lt, limit })
      return found.map(([, value]) => {
        const { receipt, body, bound } = parse(value) as unknown as {
          receipt: unknown
          body?: string
          bound?: ReleaseBinding
        }
        return {
          receipt: signedFromJson('Receipt', receipt),
          ...(body !== undefined && { body: JSON.parse(body) as unknown }),
          ...(bound && { bound }),
        }
      })
    },
  }
}

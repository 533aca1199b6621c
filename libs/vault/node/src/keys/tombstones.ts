import type { Address, Hash, Logger } from '@animechain/core'
import type { Erase, Manifest, Signed } from '@animechain/vault-protocol'
import type { MetadataStore } from '../metadata/store.js'
import type { ChainErasure, ChainView, ViewBlock } from './chainView.js'
import type { ShareStore } from './shareStore.js'
import type { Signers } from './signers.js'

/** Blocks whose events are asked for at once. */
const BLOCKS = 1_000n
/** Such questions of one round. */
const QUESTIONS = 64

/** What was erased on chain by an order that its owner signed: whoever stores bytes of it can follow that order too. */
export interface SeenErasure {
  erase: Signed<Erase>
  /** who signed it */
  signer: Address
  /** of the object and of what is below it, signed by whom the order is signed by */
  manifests: readonly Signed<Manifest>[]
}

/** Follows what is erased on L2. */
export interface Tombstones {
  /** Destroys the shares of what is erased at the safe block and was not at the last look; at the first look since the start: of everything. */
  look(signal: AbortSignal): Promise<void>
}

/** What {@link tombstones} works with. */
interface Parts {
  metadata: MetadataStore
  view: ChainView
  shares: ShareStore
  who: Signers
  /** Has bytes deleted, here and by other nodes; resolves once they are gone here. */
  deleteBytes: (seen: SeenErasure) => Promise<void>
  logger: Logger
}

const cursorKey = 'erased-until'

/**
 * Acts on tombstones that L2 has: an owner whom no node hears has an object erased all the same, also at a node that was away. A release is refused from the
 * newest block on (rule 5.5); what cannot be undone waits for the safe block, so that nobody has shares destroyed by showing a node blocks that are no part of
 * the chain.
 */
export function tombstones({ metadata, view, shares, who, deleteBytes, logger }: Parts): Tombstones {
  let isWhole = false

  const cursor = async (): Promise<bigint | undefined> => {
    const found = await metadata.get(cursorKey)
    return found && BigInt(Buffer.from(found).toString())
  }
  const advance = (to: bigint) =>
    metadata.batch([{ type: 'put', key: cursorKey, value: Buffer.from(`${to}`) }])

  /** The order of an erasure with the manifests of the same signer: what frees those who store it. */
  async function seenBy(
    { project, object, transaction }: ChainErasure,
    manifests: readonly Signed<Manifest>[],
  ): Promise<SeenErasure | undefined> {
    const erase = await view.eraseOrder(transaction)
    if (erase?.message.project !== project || erase.message.object !== object) return undefined
    const signer = await who.key('Erase', erase)
    if (signer === undefined) return undefined
    const same: Signed<Manifest>[] = []
    for (const each of manifests) if ((await who.key('Manifest', each)) === signer) same.push(each)
    return { erase, signer, manifests: same }
  }

  async function follow(erasure: ChainErasure): Promise<void> {
    const { project, object } = erasure
    const manifests = await shares.below(erasure)
    if (manifests.length === 0) return
    const seen = await seenBy(erasure, manifests)
    // Bytes first: where the node stops in between, the shares say at the next look what is left.
    if (seen) await deleteBytes(seen)
    const gone = await shares.eraseSeen(erasure)
    logger.info('an object was erased on chain', {
      project,
      object,
      renditions: gone.length,
      ordered: !!seen,
    })
  }

  /** Events since the last look. @returns whether there are none left */
  async function followEvents(safe: ViewBlock, signal: AbortSignal): Promise<boolean> {
    let from = ((await cursor()) ?? safe.number) + 1n
    for (let i = 0; i < QUESTIONS && from <= safe.number && !signal.aborted; i++) {
      const end = from + BLOCKS - 1n
      const to = end < safe.number ? end : safe.number
      for (const each of await view.erasures(from, to)) await follow(each)
      await advance(to)
      from = to + 1n
    }
    return from > safe.number
  }

  /** Everything that is here: what came although it was erased, or before the node followed events. */
  async function lookAtAll(safe: ViewBlock, signal: AbortSignal): Promise<void> {
    const looked = new Set<Hash>()
    for await (const { project, object, path } of shares.objects()) {
      if (signal.aborted) return
      if (looked.has(object)) continue
      looked.add(object)
      if (!(await view.isErased(project, path, safe.hash))) continue
      await shares.eraseSeen({ project, object })
      logger.info('an object was erased on chain', { project, object })
    }
    if ((await cursor()) === undefined) await advance(safe.number)
    isWhole = true
  }

  return {
    async look(signal) {
      const safe = await view.safe()
      if (safe === undefined) return
      if ((await followEvents(safe, signal)) && !isWhole) await lookAtAll(safe, signal)
    },
  }
}

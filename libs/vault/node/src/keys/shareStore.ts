import { bytesToHex, hexToBytes, type Hash, type Hex } from '@animechain/core'
import { boundedMap, mutex } from '@animechain/runtime'
import {
  childId,
  hexOf,
  shareSetFromJson,
  signedFromJson,
  toJson,
  type Erase,
  type Manifest,
  type Signed,
  type SignedShareSet,
} from '@animechain/vault-protocol'
import { erased } from '../http/refusal.js'
import { entriesOf, type MetadataOperation, type MetadataStore } from '../metadata/store.js'
import type { Shreds } from './shreds.js'

/** A share of a rendition, and what it is a share of. */
export interface HeldShare {
  manifest: Signed<Manifest>
  /** EIP-712 hash of the manifest */
  manifestHash: Hash
  /** from 1 */
  index: number
  /** the set that it belongs to, where that is not the manifest's own */
  shareSet?: SignedShareSet
}

/** An object that is destroyed, with everything below it. */
type Erased = Pick<Erase, 'project' | 'object'>

interface Stored extends HeldShare {
  slot: string
  sealed: Hex
}

/** Shares that a node holds, at most one for each rendition; and what was erased. */
export interface ShareStore {
  /** Makes what a killed process left undone: keys of shares that are not there any more are destroyed. */
  start(): Promise<void>
  /** The share of the newest epoch. */
  held(object: Hash, rendition: number): Promise<HeldShare | undefined>
  /** What {@link held} gives, also where the share was dealt on and destroyed. */
  newest(object: Hash, rendition: number): Promise<HeldShare | undefined>
  /** A share of another committee that is kept beside, until all of that committee have theirs. */
  staged(object: Hash, rendition: number): Promise<HeldShare | undefined>
  /** The newest manifest, also where its share was dealt on and destroyed. */
  manifest(object: Hash, rendition: number): Promise<Signed<Manifest> | undefined>
  /** The opening of the share, 65 bytes. The caller overwrites it after use. */
  opening(object: Hash, rendition: number): Promise<Uint8Array | undefined>
  /** Keeps a share, durably; the one before it, and one that was kept beside, are destroyed. */
  put(share: HeldShare, opening: Uint8Array): Promise<void>
  /** Keeps a share beside the one that is held, durably. */
  stage(share: HeldShare, opening: Uint8Array): Promise<void>
  /** The share that was kept beside takes the place of the one that is held, which is destroyed. */
  promote(object: Hash, rendition: number): Promise<void>
  /** Destroys the share, for it was dealt to another committee; the manifest stays. */
  handOver(object: Hash, rendition: number): Promise<void>
  /** Whether the object, or what it is part of as far as `path` (salts from the project to it) tells, was erased. */
  isErased(project: Hash, object: Hash, path?: readonly Hash[]): Promise<boolean>
  /**
   * Erases an object and everything below it: shares are destroyed, a tombstone stays.
   * @returns the manifests of what was erased
   */
  erase(order: Signed<Erase>): Promise<readonly Signed<Manifest>[]>
  /** The same for what the chain has a tombstone of. Where nothing of it is here, nothing is kept: the chain is asked about every release. */
  eraseSeen(what: Erased): Promise<readonly Signed<Manifest>[]>
  /** Manifests of an object and of everything below it. */
  below(what: Erased): Promise<readonly Signed<Manifest>[]>
  /** The newest manifest of every object, with a rendition of it. */
  objects(): AsyncIterable<Manifest>
  /** Destroys a share that was kept beside. */
  unstage(object: Hash, rendition: number): Promise<void>
  /** Shares held. */
  readonly count: number
  /** Of them those of committees before an epoch. */
  before(epoch: bigint): number
  /** Those shares, by object. What is written meanwhile may be among them or not. */
  heldBefore(epoch: bigint): AsyncIterable<HeldShare & { isStaged: boolean }>
}

/** The committee that a share was dealt to. */
export const committeeOf = ({ manifest, shareSet }: Pick<HeldShare, 'manifest' | 'shareSet'>): bigint =>
  shareSet?.message.committee ?? manifest.message.committee

const rendition3 = (rendition: number) => rendition.toString().padStart(3, '0')
const shareKey = (object: Hash, rendition: number) => `share/${object}/${rendition3(rendition)}`
const stagedKey = (object: Hash, rendition: number) => `next/${object}/${rendition3(rendition)}`
const projectKey = (project: Hash, object: Hash, rendition: number) =>
  `project/${project}/${object}/${rendition3(rendition)}`
const tombstoneOf = (project: Hash, id: Hash, why: unknown): MetadataOperation => ({
  type: 'put',
  key: tombstoneKey(project, id),
  value: Buffer.from(toJson(why)),
})
const tombstoneKey = (project: Hash, object: Hash) => `tombstone/${project}/${object}`

function parse(value: Uint8Array): Stored | (Omit<Stored, 'slot' | 'sealed'> & { slot?: undefined }) {
  const json = JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>
  const share: HeldShare = {
    manifest: signedFromJson('Manifest', json.manifest),
    manifestHash: json.manifestHash as Hash,
    index: json.index as number,
    ...(json.shareSet !== undefined && { shareSet: shareSetFromJson(json.shareSet) }),
  }
  if (typeof json.slot !== 'string') return share
  return { ...share, slot: json.slot, sealed: hexOf(json.sealed, 'sealed') }
}

/** Ids from the project down to the object. */
function idsOf(project: Hash, path: readonly Hash[]): readonly Hash[] {
  const ids = [project]
  for (const salt of path) ids.push(childId(ids.at(-1)!, salt))
  return ids
}

/** Renditions whose manifests are kept in memory. */
const REMEMBERED = 10_000

type Entry = ReturnType<typeof parse>

/** Whether an object, or what it is part of, has a tombstone. */
const tombstoneReader =
  (metadata: MetadataStore) =>
  async (project: Hash, object: Hash, path: readonly Hash[] = []): Promise<boolean> => {
    for (const id of new Set([object, ...idsOf(project, path)]))
      if ((await metadata.get(tombstoneKey(project, id))) !== undefined) return true
    return false
  }

/** What the metadata has of shares. */
function entries(metadata: MetadataStore) {
  const known = boundedMap<string, Entry>(REMEMBERED)
  async function read(key: string): Promise<Entry | undefined> {
    if (known.has(key)) return known.get(key)
    const value = await metadata.get(key)
    const share = value && parse(value)
    if (share) known.set(key, share)
    return share
  }
  const find = (object: Hash, rendition: number) => read(shareKey(object, rendition))
  const staged = (object: Hash, rendition: number) => read(stagedKey(object, rendition))
  /** @param rest written with it: what is kept beside goes, or stays */
  async function writeAt(key: string, share: Entry, rest: readonly MetadataOperation[]): Promise<void> {
    const { object, project, rendition } = share.manifest.message
    await metadata.batch([
      { type: 'put', key, value: Buffer.from(toJson(share)) },
      { type: 'put', key: projectKey(project, object, rendition), value: new Uint8Array(0) },
      ...rest,
    ])
    for (const each of rest) known.delete(each.key)
    known.set(key, share)
  }
  /** Shares of an object, and of what is below it. */
  async function below({ project, object }: Erased): Promise<readonly Entry[]> {
    const found: Entry[] = []
    for await (const [key] of entriesOf(metadata, `project/${project}/`)) {
      const [, , each, rendition] = key.split('/')
      for (const share of [
        await find(each as Hash, Number(rendition)),
        await staged(each as Hash, Number(rendition)),
      ])
        if (share && idsOf(project, share.manifest.message.path).includes(object)) found.push(share)
    }
    return found
  }
  return {
    find,
    staged,
    async write(share: Entry): Promise<void> {
      const { object, rendition } = share.manifest.message
      const rest: MetadataOperation[] = [{ type: 'delete', key: stagedKey(object, rendition) }]
      await writeAt(shareKey(object, rendition), share, rest)
    },
    /** As {@link write}; what is kept beside stays. */
    async rewrite(share: Entry): Promise<void> {
      const { object, rendition } = share.manifest.message
      await writeAt(shareKey(object, rendition), share, [])
    },
    async stage(share: Entry): Promise<void> {
      const { object, rendition } = share.manifest.message
      await writeAt(stagedKey(object, rendition), share, [])
    },
    async unstage(object: Hash, rendition: number): Promise<void> {
      const key = stagedKey(object, rendition)
      await metadata.batch([{ type: 'delete', key }])
      known.delete(key)
    },
    isErased: tombstoneReader(metadata),
    below,
    async *all(): AsyncIterable<Entry> {
      for await (const [key] of entriesOf(metadata, 'project/')) {
        const [, , object, rendition] = key.split('/')
        const share = await find(object as Hash, Number(rendition))
        if (share) yield share
      }
    },
    /** Replaces the shares of an object, and of what is below it, by tombstones that say why. @returns what was there */
    async bury({ project, object }: Erased, why: unknown, found: readonly Entry[]): Promise<void> {
      const stone = (id: Hash) => tombstoneOf(project, id, why)
      const removals = found.flatMap(({ manifest: { message } }): MetadataOperation[] => [
        stone(message.object),
        { type: 'delete', key: shareKey(message.object, message.rendition) },
        { type: 'delete', key: stagedKey(message.object, message.rendition) },
        { type: 'delete', key: projectKey(project, message.object, message.rendition) },
      ])
      await metadata.batch([stone(object), ...removals])
      for (const { type, key } of removals) if (type === 'delete') known.delete(key)
    },
  }
}

/** Changes of what is held, one at a time: what replaces a share destroys the one before it. */
function changes(
  { find, staged, write, stage, unstage, isErased }: ReturnType<typeof entries>,
  secrets: Shreds,
  counted: (share: HeldShare, change: number) => void,
) {
  const changing = mutex()
  const destroy = async (share: Entry | undefined) => {
    if (share?.slot === undefined) return
    await secrets.destroy(share.slot)
    counted(share, -1)
  }
  async function sealed(share: HeldShare, opening: Uint8Array): Promise<Entry> {
    const { project, object, path } = share.manifest.message
    if (await isErased(project, object, path)) throw erased('The object was erased.')
    const made = await secrets.seal(opening)
    return { ...share, slot: made.slot, sealed: bytesToHex(made.sealed) }
  }
  const methods: Pick<ShareStore, 'put' | 'stage' | 'unstage' | 'promote'> = {
    put: (share, opening) =>
      changing.run(async () => {
        const { object, rendition } = share.manifest.message
        const before = [await find(object, rendition), await staged(object, rendition)]
        await write(await sealed(share, opening))
        counted(share, 1)
        for (const each of before) await destroy(each)
      }),
    stage: (share, opening) =>
      changing.run(async () => {
        const { object, rendition } = share.manifest.message
        const before = await staged(object, rendition)
        await stage(await sealed(share, opening))
        counted(share, 1)
        await destroy(before)
      }),
    unstage: (object, rendition) =>
      changing.run(async () => {
        const before = await staged(object, rendition)
        if (before === undefined) return
        await unstage(object, rendition)
        await destroy(before)
      }),
    promote: (object, rendition) =>
      changing.run(async () => {
        const next = await staged(object, rendition)
        if (next === undefined) return
        const before = await find(object, rendition)
        await write(next)
        await destroy(before)
      }),
  }
  return { changing, destroy, methods }
}

/** How many shares of each committee there are. */
function countsByCommittee() {
  const counts = new Map<bigint, number>()
  return {
    add(share: HeldShare, change: number): void {
      const committee = committeeOf(share)
      counts.set(committee, (counts.get(committee) ?? 0) + change)
    },
    sum: (isCounted: (committee: bigint) => boolean): number =>
      [...counts].reduce((all, [committee, shares]) => all + (isCounted(committee) ? shares : 0), 0),
    clear: () => counts.clear(),
  }
}

/** Shares in the metadata of a node, each encrypted with a key that can be destroyed. */
export function shareStore(metadata: MetadataStore, secrets: Shreds): ShareStore {
  const known = entries(metadata)
  const { find, staged, rewrite, isErased, bury, below, all } = known
  const counts = countsByCommittee()
  const { changing, destroy, methods } = changes(known, secrets, counts.add)

  /** The tombstones first: whatever happens from then on, nothing of it is released any more, and the next start destroys what is left. */
  async function destroyed(gone: readonly Entry[], bury: () => Promise<void>) {
    await bury()
    for (const each of gone) await destroy(each)
    return gone.map(({ manifest }) => manifest)
  }

  return {
    get count() {
      return counts.sum(() => true)
    },
    before: (epoch) => counts.sum((committee) => committee < epoch),
    async *heldBefore(epoch) {
      for (const prefix of ['share/', 'next/'])
        for await (const [, value] of entriesOf(metadata, prefix)) {
          const { slot, ...share } = parse(value)
          if (slot !== undefined && committeeOf(share) < epoch)
            yield { ...share, isStaged: prefix === 'next/' }
        }
    },
    async start() {
      const slots = new Set<string>()
      counts.clear()
      for (const prefix of ['share/', 'next/'])
        for await (const [, value] of entriesOf(metadata, prefix)) {
          const share = parse(value)
          if (share.slot === undefined) continue
          slots.add(share.slot)
          counts.add(share, 1)
        }
      await secrets.sweep((slot) => slots.has(slot))
    },
    async held(object, rendition) {
      const share = await find(object, rendition)
      return share?.slot === undefined ? undefined : share
    },
    newest: find,
    staged,
    async manifest(object, rendition) {
      return (await find(object, rendition))?.manifest
    },
    async opening(object, rendition) {
      const share = await find(object, rendition)
      return share?.slot === undefined ? undefined : secrets.open(share.slot, hexToBytes(share.sealed))
    },
    ...methods,
    handOver: (object, rendition) =>
      changing.run(async () => {
        const before = await find(object, rendition)
        if (before?.slot === undefined) return
        const { manifest, manifestHash, index, shareSet } = before
        await rewrite({ manifest, manifestHash, index, ...(shareSet && { shareSet }) })
        await destroy(before)
      }),
    isErased,
    erase: (order) =>
      changing.run(async () => {
        const gone = await below(order.message)
        return destroyed(gone, () => bury(order.message, order, gone))
      }),
    eraseSeen: (what) =>
      changing.run(async () => {
        const gone = await below(what)
        if (gone.length === 0) return []
        return destroyed(gone, () => bury(what, { ...what, chain: true }, gone))
      }),
    below: async (what) => (await below(what)).map(({ manifest }) => manifest),
    async *objects() {
      for await (const { manifest } of all()) yield manifest.message
    },
  }
}

import {
  concatBytes,
  equalBytes,
  hexToBytes,
  bytesToHex,
  bigIntToBytes,
  type Hash,
  type Hex,
} from '@animechain/core'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { DATA_UNITS, UNITS, isBodyLength, layoutOf, shardOf, unitOf } from './layout.js'
import { HASH_BYTES, TreeBuilder, treeHash, unitRoot, verifyInclusion } from './tree.js'

/** What a blob's id is the hash of: `BlobDescriptor` of `@animechain/vault-protocol`. docs/spec/vault.md 2.6 */
export interface SealedDescriptor {
  /** header, 80 bytes */
  header: Hex
  /** bytes of all sealed chunks */
  length: bigint
  dataRoot: Hash
  /** roots of the five shards */
  shardRoots: readonly Hash[]
  project: Hash
}

const domain = new TextEncoder().encode('animechain/vault/blob/1')

/** Id of a blob. docs/spec/vault.md 2.6 */
export const blobId = (
  { header, length, dataRoot, shardRoots, project }: SealedDescriptor,
  crypto: VaultCrypto = defaultCrypto,
): Hash =>
  bytesToHex(
    crypto.sha256(
      concatBytes(
        domain,
        hexToBytes(header),
        bigIntToBytes(length, 8),
        hexToBytes(dataRoot),
        ...shardRoots.map(hexToBytes),
        hexToBytes(project),
      ),
    ),
  )

/** A unit that a storage node gave, with the path to its shard's root. */
export interface GivenUnit {
  shard: number
  stripe: number
  bytes: Uint8Array
  path: readonly Uint8Array[]
}

/** Whether a unit is what the blob's descriptor says: its length, and its place below the shard's root. Never throws for a unit. */
export function verifyUnit(
  descriptor: Pick<SealedDescriptor, 'length' | 'shardRoots'>,
  { shard, stripe, bytes, path }: GivenUnit,
  crypto: VaultCrypto = defaultCrypto,
): boolean {
  const layout = layoutOf(descriptor.length)
  const root = descriptor.shardRoots[shard]
  if (root === undefined || !Number.isInteger(shard) || shard < 0 || shard >= UNITS) return false
  if (!Number.isInteger(stripe) || stripe < 0 || stripe >= layout.stripes) return false
  if (bytes.length !== layout.unitLength(stripe, unitOf(stripe, shard))) return false
  return verifyInclusion(
    { root: hexToBytes(root), leaf: unitRoot(bytes, crypto), index: stripe, count: layout.stripes, path },
    crypto,
  )
}

/** Roots of all units of a blob, as nodes keep them: 32 bytes each, five for each stripe. docs/spec/vault.md 6 */
export const unitRootAt = (roots: Uint8Array, stripe: number, unit: number): Uint8Array => {
  const at = (stripe * UNITS + unit) * HASH_BYTES
  return roots.subarray(at, at + HASH_BYTES)
}

/**
 * Whether roots of units are those of a blob: as many as its length says, and the roots of its descriptor follow from them. A unit is then
 * right where its root is the one there. Never throws for what a stranger sent.
 */
export function verifyUnitRoots(
  descriptor: Pick<SealedDescriptor, 'length' | 'dataRoot' | 'shardRoots'>,
  roots: Uint8Array,
  crypto: VaultCrypto = defaultCrypto,
): boolean {
  if (!isBodyLength(descriptor.length) || descriptor.shardRoots.length !== UNITS) return false
  const { stripes, chunks } = layoutOf(descriptor.length)
  if (roots.length !== stripes * UNITS * HASH_BYTES) return false
  const hash = treeHash(crypto)
  const data = new TreeBuilder(hash)
  const shards = Array.from({ length: UNITS }, () => new TreeBuilder(hash))
  for (let stripe = 0; stripe < stripes; stripe++)
    for (let unit = 0; unit < UNITS; unit++) {
      const root = unitRootAt(roots, stripe, unit)
      shards[shardOf(stripe, unit)]!.add(root)
      if (unit >= DATA_UNITS) continue
      if (stripe * DATA_UNITS + unit < chunks) data.add(root)
      // A chunk that is not there is an empty unit.
      else if (!equalBytes(root, hash.empty)) return false
    }
  const is = (builder: TreeBuilder, root: Hash | undefined) =>
    bytesToHex(builder.root()) === root?.toLowerCase()
  return is(data, descriptor.dataRoot) && shards.every((shard, i) => is(shard, descriptor.shardRoots[i]))
}

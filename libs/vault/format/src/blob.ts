import { concatBytes, hexToBytes, bytesToHex, bigIntToBytes, type Hash, type Hex } from '@animechain/core'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { layoutOf, UNITS, unitOf } from './layout.js'
import { unitRoot, verifyInclusion } from './tree.js'

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

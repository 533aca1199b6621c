import {
  BaseError,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  type DaGetResult,
  type Hash,
  type SealedBatch,
} from '@animechain/core'
import {
  SEALED_CHUNK_BYTES,
  isBodyLength,
  layoutOf,
  newHeader,
  openBytes,
  rootsTree,
  sealBytes,
  unitRoot,
  type SealedBytes,
  type SealedDescriptor,
} from '@animechain/vault-format'
import type { BatchKeys } from './batchKeys.js'
import type { SealedReference } from './commitment.js'

/** Largest body of a batch, bytes: codec.md, section 5. */
export const MAX_DATA_BYTES = 761_852
/** Bytes of all chunks of the largest batch. docs/spec/vault.md, section 6 */
export const MAX_SEALED_BYTES = 770_096n
/** Batches belong to no project. */
export const NO_PROJECT: Hash = `0x${'0'.repeat(64)}`

const tag = new TextEncoder().encode('animechain/vault/blob/1')

/** What the id of a blob is the hash of. docs/spec/vault.md 2.6 */
export const descriptorBytes = (descriptor: SealedDescriptor): Uint8Array =>
  concatBytes(
    ...[tag, hexToBytes(descriptor.header), bigIntToBytes(descriptor.length, 8)],
    ...[hexToBytes(descriptor.dataRoot), ...descriptor.shardRoots.map(hexToBytes)],
    hexToBytes(descriptor.project),
  )

/** A batch that was sealed, and with which key. */
export interface SealedData {
  sealed: SealedBytes
  index: number
}

/** Seals bytes: the same bytes always the same way. */
export async function sealData(keys: BatchKeys, data: Uint8Array): Promise<SealedData> {
  const { index, salt, prefix } = keys.sealing(data)
  const dataKey = keys.key(index)
  const header = await newHeader(dataKey, { salt, prefix })
  return { sealed: await sealBytes({ content: data, dataKey, header, project: NO_PROJECT }), index }
}

/** Why nothing of a descriptor's is worth reading; undefined where it is that of a batch. Does not look at the header. */
export function uselessDescriptor(
  { length, project }: SealedDescriptor,
  reference: SealedReference,
): string | undefined {
  if (length !== reference.length)
    return `the blob has ${length} bytes, the commitment names ${reference.length}`
  if (length > MAX_SEALED_BYTES) return `expected at most ${MAX_SEALED_BYTES} bytes, got ${length}`
  if (!isBodyLength(length)) return `no chunks have ${length} bytes together`
  if (project !== NO_PROJECT) return `expected no project, got ${project}`
  return undefined
}

/** Whether ciphertext is what a descriptor names. */
export function isBody({ length, dataRoot }: SealedDescriptor, body: Uint8Array): boolean {
  if (BigInt(body.length) !== length) return false
  const { chunks, chunkLength } = layoutOf(length)
  const roots = Array.from({ length: chunks }, (_, i) => {
    const from = i * SEALED_CHUNK_BYTES
    return unitRoot(body.subarray(from, from + chunkLength(i)))
  })
  return bytesToHex(rootsTree(roots).root) === dataRoot.toLowerCase()
}

/** What sealed bytes are not, where anybody who opens them finds the same. */
const useless = new Set([
  'VAULT_BAD_HEADER',
  'VAULT_WRONG_KEY',
  'VAULT_BAD_CHUNK',
  'VAULT_TRUNCATED',
  'VAULT_BAD_PADDING',
])

/** Opens a batch whose ciphertext is that of its descriptor: its bytes, or that there are none, as the proof program finds too. */
export async function openData(
  { body, key }: Pick<SealedBatch, 'body' | 'key'>,
  descriptor: SealedDescriptor,
): Promise<Extract<DaGetResult, { status: 'data' | 'invalid' }>> {
  const header = hexToBytes(descriptor.header)
  try {
    return { status: 'data', data: await openBytes({ header, body, dataKey: key, length: body.length }) }
  } catch (error) {
    if (!(error instanceof BaseError) || !useless.has(error.code)) throw error
    return { status: 'invalid', reason: error.shortMessage }
  }
}

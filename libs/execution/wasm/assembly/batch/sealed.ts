// A batch that was sealed for the holders of a view key (docs/spec/vault.md, sections 2 and 6). Its commitment names a descriptor, which names the
// ciphertext, by SHA-256, and the batch's key by keccak256. All of it is read as preimages; the key is one that L1 does not see, unless the one step
// that reads it is disputed.

import { alloc, mark, release } from '../memory'
import { fetch, fetchedLen, fetchSha256 } from '../preimages'
import { open, setKey } from '../crypto/aesGcm'
import { hkdf } from '../crypto/hkdf'

// The commitment: kind, version, id of the blob, hash of the key, length u64, committee u64
export const COMMITMENT_SIZE: u32 = 82
export const COMMITMENT_VERSION: u8 = 1
const COMMITMENT_BLOB: usize = 2
const COMMITMENT_KEY_HASH: usize = 34
const COMMITMENT_LENGTH: usize = 66

// The descriptor: tag, header, length u64, root, roots of five shards, project
const TAG_SIZE: usize = 23
const TAG: usize = memory.data<u8>([
  0x61, 0x6e, 0x69, 0x6d, 0x65, 0x63, 0x68, 0x61, 0x69, 0x6e, 0x2f, 0x76, 0x61, 0x75, 0x6c, 0x74, 0x2f, 0x62,
  0x6c, 0x6f, 0x62, 0x2f, 0x31,
])
const HEADER: usize = TAG_SIZE
const HEADER_SIZE: usize = 80
const LENGTH: usize = HEADER + HEADER_SIZE
const DATA_ROOT: usize = LENGTH + 8
const PROJECT: usize = DATA_ROOT + 6 * 32
const DESCRIPTOR_SIZE: u32 = <u32>PROJECT + 32

// The header: 8 bytes that are the same in all, salt, prefix of nonces, zero, commitment to the key
const HEADER_SALT: usize = 8
const HEADER_PREFIX: usize = 40
const HEADER_ZERO: usize = 47
const HEADER_KEY_TAG: usize = 48
/** "AVLT", version 1, suite 1, chunks of 2^18 bytes, 0. */
const HEADER_START: u64 = 0x0012_0101_544c_5641
/** "animechain/vault/1", suite 1. */
const INFO_SIZE: usize = 19
const INFO: usize = memory.data<u8>([
  0x61, 0x6e, 0x69, 0x6d, 0x65, 0x63, 0x68, 0x61, 0x69, 0x6e, 0x2f, 0x76, 0x61, 0x75, 0x6c, 0x74, 0x2f, 0x31,
  1,
])

const CHUNK: u32 = 262_144
const GCM_TAG: u32 = 16
const SEALED_CHUNK: u32 = CHUNK + GCM_TAG
const PIECE: u32 = 4_096
const NODE_SIZE: u32 = 65
/** A body of the greatest length with its length, padded, in three chunks. */
const MAX_LENGTH: u64 = 770_096

const KEYS: usize = memory.data(64, 16)
const NONCE: usize = memory.data(12, 16)
const NO_PROJECT: usize = memory.data(32, 16)

/** Bytes of the content that `openBatch` gave. */
export let contentLen: u32 = 0

function isDescriptor(at: usize, commitment: usize): bool {
  const header = at + HEADER
  const length = bswap(load<u64>(at + LENGTH))
  if (memory.compare(at, TAG, TAG_SIZE) != 0) return false
  if (load<u64>(header) != HEADER_START || load<u8>(header + HEADER_ZERO) != 0) return false
  if (load<u64>(at + LENGTH) != load<u64>(commitment + COMMITMENT_LENGTH) || length > MAX_LENGTH) return false
  if (memory.compare(at + PROJECT, NO_PROJECT, 32) != 0) return false
  // No chunk is empty, the last one neither.
  return length != 0 && (<u32>length - 1) % SEALED_CHUNK >= GCM_TAG
}

/** Largest power of two below `count`, which is at least 2. */
function split(count: u32): u32 {
  return 1 << (31 - clz(count - 1))
}

/** Reads what stands at one place of the tree of RFC 9162 that `root` is of, `size` bytes, to `out`. False when there is no such tree. */
function readLeaf(root: usize, place: u32, count: u32, size: u32, out: usize): bool {
  if (count == 1) {
    const leaf = fetchSha256(root, size + 1)
    if (leaf == 0 || fetchedLen != size + 1 || load<u8>(leaf) != 0) return false
    memory.copy(out, leaf + 1, <usize>size)
    return true
  }
  const node = fetchSha256(root, NODE_SIZE)
  if (node == 0 || fetchedLen != NODE_SIZE || load<u8>(node) != 1) return false
  const left = split(count)
  return place < left
    ? readLeaf(node + 1, place, left, size, out)
    : readLeaf(node + 33, place - left, count - left, size, out)
}

/** Reads all pieces under the root of a unit to `out`, which has `size` bytes in `count` pieces. */
function readPieces(root: usize, count: u32, size: u32, out: usize): bool {
  const before = mark()
  if (count == 1) {
    const isRead = readLeaf(root, 0, 1, size, out)
    release(before)
    return isRead
  }
  const node = fetchSha256(root, NODE_SIZE)
  if (node == 0 || fetchedLen != NODE_SIZE || load<u8>(node) != 1) return false
  const left = split(count)
  const isRead =
    readPieces(node + 1, left, left * PIECE, out) &&
    readPieces(node + 33, count - left, size - left * PIECE, out + <usize>(left * PIECE))
  release(before)
  return isRead
}

/** Reads the ciphertext; 0 when its roots are those of no such tree. */
function readBody(dataRoot: usize, length: u32): usize {
  const body = alloc(<usize>length)
  const unit = alloc(32)
  const chunks = (length + SEALED_CHUNK - 1) / SEALED_CHUNK
  for (let i: u32 = 0; i < chunks; i++) {
    const from = i * SEALED_CHUNK
    const size = length - from < SEALED_CHUNK ? length - from : SEALED_CHUNK
    if (!readLeaf(dataRoot, i, chunks, 32, unit)) return 0
    if (!readPieces(unit, (size + PIECE - 1) / PIECE, size, body + <usize>from)) return 0
  }
  return body
}

/** Opens all chunks in their place and closes the gaps of their tags; gives the length of what they hold, 0 when one is not what was sealed. */
function openChunks(header: usize, body: usize, length: u32): u32 {
  memory.copy(NONCE, header + HEADER_PREFIX, 7)
  let out = body
  let from: u32 = 0
  for (let i: u32 = 0; from < length; i++) {
    const rest = length - from
    const size = rest < SEALED_CHUNK ? rest : SEALED_CHUNK
    store<u32>(NONCE, bswap(i), 7)
    store<u8>(NONCE, <u8>(rest == size), 11)
    const text = size - GCM_TAG
    if (!open(NONCE, header, HEADER_SIZE, body + <usize>from, <usize>text, out)) return 0
    out += <usize>text
    from += size
  }
  return <u32>(out - body)
}

/** What Padmé makes of a length of at least 8 bytes. */
function padded(length: u32): u32 {
  const exponent = 31 - clz(length)
  const bits = exponent - (32 - clz(exponent))
  const mask = ((<u32>1) << bits) - 1
  return (length + mask) & ~mask
}

/** Whether `length` bytes are content, zeros and the content's length, no more of them than there must be. */
function isPadded(at: usize, length: u32): bool {
  if (length < 8) return false
  const announced = bswap(load<u64>(at + <usize>length - 8))
  if (announced > <u64>(length - 8)) return false
  const content = <u32>announced
  if (padded(content + 8) != length) return false
  for (let i = content; i < length - 8; i++) if (load<u8>(at + <usize>i)) return false
  contentLen = content
  return true
}

/**
 * The content of the batch with this commitment, 82 bytes; 0 when what it names was not sealed as it should be: a batch of that kind is worth as much as one of noise.
 */
export function openBatch(commitment: usize): usize {
  const descriptor = fetchSha256(commitment + COMMITMENT_BLOB, DESCRIPTOR_SIZE)
  if (descriptor == 0 || fetchedLen != DESCRIPTOR_SIZE || !isDescriptor(descriptor, commitment)) return 0
  const header = descriptor + HEADER
  const key = fetch(commitment + COMMITMENT_KEY_HASH)
  if (fetchedLen != 32) return 0
  hkdf(key, header + HEADER_SALT, INFO, INFO_SIZE, KEYS)
  if (memory.compare(KEYS + 32, header + HEADER_KEY_TAG, 32) != 0) return 0
  const length = <u32>bswap(load<u64>(descriptor + LENGTH))
  const body = readBody(descriptor + DATA_ROOT, length)
  if (body == 0) return 0
  setKey(KEYS)
  const text = openChunks(header, body, length)
  return text != 0 && isPadded(body, text) ? body : 0
}

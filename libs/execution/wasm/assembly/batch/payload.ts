// The bytes of a batch from its commitment (docs/spec/protocol.md, section 1.3).

import { alloc } from '../memory'
import { blobElement, fetch, fetchedLen } from '../preimages'
import * as sealed from './sealed'

const KIND_MEMORY: u32 = 0
const KIND_CALLDATA: u32 = 1
const KIND_BLOB: u32 = 2
const KIND_ALTDA: u32 = 3
const KIND_PRIVATE: u32 = 4

const MAX_BLOBS: u32 = 6
/** EIP-4844; the first byte of each element stays zero. */
const ELEMENTS: u32 = 4096
const ELEMENT_BYTES: usize = 31
const BLOB_BYTES: u32 = ELEMENTS * <u32>ELEMENT_BYTES
const ELEMENT: usize = memory.data(32, 32)

/** Length of the bytes that `fetchPayload` gave. */
export let payloadLen: u32 = 0

/**
 * The bytes behind a commitment, given its keccak256; 0 when there are none: the commitment is to something that encodes no bytes. Traps for
 * a kind that has no adapter on L1.
 */
export function fetchPayload(commitmentHash: usize): usize {
  const commitment = fetch(commitmentHash)
  const length = fetchedLen
  if (length == 0) unreachable()
  const kind = <u32>load<u8>(commitment)
  if (kind == KIND_BLOB) {
    const count = (length - 1) >> 5
    if (count == 0 || count > MAX_BLOBS || length != 1 + (count << 5)) unreachable()
    return fromBlobs(commitment + 1, count)
  }
  if (kind == KIND_PRIVATE) {
    if (length != sealed.COMMITMENT_SIZE || load<u8>(commitment, 1) != sealed.COMMITMENT_VERSION)
      unreachable()
    const content = sealed.openBatch(commitment)
    payloadLen = sealed.contentLen
    return content
  }
  let hash = commitment + 1
  if (kind == KIND_ALTDA) {
    // A second byte says by what hash; the adapter takes no other than keccak256.
    if (length != 34 || load<u8>(hash) != 0) unreachable()
    hash++
  } else if ((kind != KIND_MEMORY && kind != KIND_CALLDATA) || length != 33) unreachable()
  const payload = fetch(hash)
  payloadLen = fetchedLen
  return payload
}

/** Data with a 4-byte length in front, 31 bytes in each element, in no more blobs than it needs, zeros behind it. */
function fromBlobs(hashes: usize, count: u32): usize {
  const capacity = count * BLOB_BYTES
  const bytes = alloc(<usize>capacity)
  let out = bytes
  for (let element: u32 = 0; element < count * ELEMENTS; element++, out += ELEMENT_BYTES) {
    blobElement(hashes + ((<usize>(element / ELEMENTS)) << 5), element % ELEMENTS, ELEMENT)
    if (load<u8>(ELEMENT) != 0) return 0
    memory.copy(out, ELEMENT + 1, ELEMENT_BYTES)
  }
  const length = bswap(load<u32>(bytes))
  if (length > capacity - 4) return 0
  const end: u32 = 4 + length
  if ((end + BLOB_BYTES - 1) / BLOB_BYTES != count) return 0
  for (let at = end; at < capacity; at++) if (load<u8>(bytes + <usize>at)) return 0
  payloadLen = length
  return bytes + 4
}

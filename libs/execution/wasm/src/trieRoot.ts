import { bytesToHex, type Hash } from '@animechain/core'
import { guestModule, instantiate } from './guest.js'

/**
 * Root of a Merkle Patricia trie after these writes in this order, made by the guest; no value removes a key. `secure`: keys are
 * hashed, as in the state.
 */
export async function trieRoot(
  writes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[],
  secure: boolean,
): Promise<Hash> {
  const nothing = () => 0
  const guest = instantiate(await guestModule('node'), {
    readAccount: nothing,
    readStorage: nothing,
    codeSize: nothing,
    readCode: nothing,
    nodeSize: () => -1,
    readNode: nothing,
    blockHash: nothing,
    precompile: () => -1,
  })
  const list = new Uint32Array(
    writes.flatMap(([key, value = new Uint8Array(0)]) => [
      guest.put(key),
      key.length,
      guest.put(value),
      value.length,
    ]),
  )
  const out = guest.put(new Uint8Array(32))
  guest.exports.rootOfWrites(guest.put(new Uint8Array(list.buffer)), writes.length, secure ? 1 : 0, out)
  return bytesToHex(guest.copy(out, 32))
}

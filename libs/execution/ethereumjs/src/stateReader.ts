import {
  bytesToHex,
  emptyCodeHash,
  emptyRootHash,
  hexToBytes,
  zeroHash,
  type Address,
  type Hash,
  type StateReader,
} from '@animechain/core'
import type { NodeStore } from './nodeStore.js'
import { readAccount, readSlot } from './snapshot.js'

/** Reads of the state with this root, straight from its tries. */
export function stateReader(store: NodeStore, stateRoot: Hash): StateReader {
  const root = hexToBytes(stateRoot)
  const load = (hash: Uint8Array) => store.node(hash)
  return {
    async getAccount(address) {
      const record = readAccount(load, root, hexToBytes(address))
      return (
        record && {
          balance: record.balance,
          nonce: record.nonce,
          codeHash: bytesToHex(record.codeHash),
          storageRoot: bytesToHex(record.storageRoot),
        }
      )
    },
    async getCode(address) {
      const record = readAccount(load, root, hexToBytes(address))
      if (record === undefined || bytesToHex(record.codeHash) === emptyCodeHash) return new Uint8Array(0)
      return store.code(record.codeHash)
    },
    async getStorage(address, slot) {
      const record = readAccount(load, root, hexToBytes(address))
      if (record === undefined) return zeroHash
      const value = readSlot(load, record.storageRoot, hexToBytes(slot))
      return `0x${value.toString(16).padStart(64, '0')}`
    },
    async getProof(address, slots) {
      const nodes: Uint8Array[] = []
      const record = readAccount(load, root, hexToBytes(address), nodes)
      return {
        address: address.toLowerCase() as Address,
        balance: record?.balance ?? 0n,
        nonce: record?.nonce ?? 0n,
        codeHash: record ? bytesToHex(record.codeHash) : emptyCodeHash,
        storageRoot: record ? bytesToHex(record.storageRoot) : emptyRootHash,
        accountProof: nodes.map(bytesToHex),
        storageProof: slots.map((key) => {
          const proof: Uint8Array[] = []
          const value = record ? readSlot(load, record.storageRoot, hexToBytes(key), proof) : 0n
          return { key, value, proof: proof.map(bytesToHex) }
        }),
      }
    },
  }
}

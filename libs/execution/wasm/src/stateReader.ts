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
import { readAccount, readSlot } from './trieRead.js'

/** Reads of the state with this root, straight from its tries. */
export function stateReader(store: NodeStore, stateRoot: Hash): StateReader {
  const root = hexToBytes(stateRoot)
  const load = (hash: Uint8Array) => store.node(hash)
  const read = (address: Address, proof?: Uint8Array[]) =>
    stateRoot === emptyRootHash ? undefined : readAccount(load, root, hexToBytes(address), proof)
  const slotOf = (storageRoot: Uint8Array, slot: Hash, proof?: Uint8Array[]) =>
    bytesToHex(storageRoot) === emptyRootHash
      ? undefined
      : readSlot(load, storageRoot, hexToBytes(slot), proof)
  return {
    async getAccount(address) {
      const record = read(address)
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
      const record = read(address)
      if (record === undefined || bytesToHex(record.codeHash) === emptyCodeHash) return new Uint8Array(0)
      return store.code(record.codeHash)
    },
    async getStorage(address, slot) {
      const record = read(address)
      const value = record && slotOf(record.storageRoot, slot)
      return value ? bytesToHex(value) : zeroHash
    },
    async getProof(address, slots) {
      const nodes: Uint8Array[] = []
      const record = read(address, nodes)
      return {
        address: address.toLowerCase() as Address,
        balance: record?.balance ?? 0n,
        nonce: record?.nonce ?? 0n,
        codeHash: record ? bytesToHex(record.codeHash) : emptyCodeHash,
        storageRoot: record ? bytesToHex(record.storageRoot) : emptyRootHash,
        accountProof: nodes.map(bytesToHex),
        storageProof: slots.map((key) => {
          const proof: Uint8Array[] = []
          const value = record && slotOf(record.storageRoot, key, proof)
          return { key, value: value ? BigInt(bytesToHex(value)) : 0n, proof: proof.map(bytesToHex) }
        }),
      }
    },
  }
}

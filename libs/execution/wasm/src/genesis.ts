import {
  bytesToHex,
  emptyRootHash,
  genesisHeader,
  hexToBytes,
  rulesAt,
  zeroHash,
  type EngineOpenOptions,
  type Hash,
  type KeyValueOperation,
  type SealedHeader,
} from '@animechain/core'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { readChanges } from './block.js'
import { ExecutionError } from './errors.js'
import { encodeHeader } from './header.js'
import * as layout from './layout.js'
import type { Machine } from './machine.js'
import { headerOperation, metaOperation, type NodeStore } from './nodeStore.js'

const GENESIS_KEY = 'genesis'

/** Writes block 0 where the store is empty. @throws EXECUTION_GENESIS_MISMATCH when it has another one */
export async function writeGenesis(
  options: EngineOpenOptions,
  store: NodeStore,
  builder: Machine,
): Promise<SealedHeader> {
  const { stateRoot, operations } = applyAlloc(builder, options)
  const header = genesisHeader(options.chain, options.genesis, stateRoot)
  const encoded = encodeHeader(header)
  const digest = keccak_256(encoded)
  const hash = bytesToHex(digest)
  const known = store.meta(GENESIS_KEY)
  if (known === undefined)
    await store.commit([...operations, headerOperation(digest, encoded), metaOperation(GENESIS_KEY, digest)])
  else if (bytesToHex(known) !== hash)
    throw new ExecutionError('The storage holds another chain.', 'EXECUTION_GENESIS_MISMATCH', {
      metaMessages: [`Expected the genesis ${hash}, got ${bytesToHex(known)}.`],
    })
  return { ...header, hash }
}

/** Root and nodes of a genesis allocation. */
function applyAlloc(
  m: Machine,
  options: EngineOpenOptions,
): { stateRoot: Hash; operations: KeyValueOperation[] } {
  const { chain, genesis } = options
  const e = m.exports
  m.setBlock(chain, {
    rules: rulesAt(chain, genesis.timestamp),
    parentHash: zeroHash,
    number: genesis.number ?? 0n,
    timestamp: genesis.timestamp,
    beneficiary: genesis.beneficiary,
    gasLimit: genesis.gasLimit,
    prevRandao: genesis.prevRandao,
    baseFeePerGas: genesis.baseFeePerGas,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    systemCalls: false,
  })
  e.openState(m.put(hexToBytes(emptyRootHash)))
  for (const [name, account] of Object.entries(genesis.alloc)) {
    const address = m.put(hexToBytes(name))
    const balance = m.put(new Uint8Array(32))
    m.writeBig(balance, 32, account.balance ?? 0n)
    const code = hexToBytes(account.code ?? '0x')
    e.setAccount(address, account.nonce ?? 0n, balance, m.put(code), code.length)
    for (const [slot, value] of Object.entries(account.storage ?? {}))
      e.setStorage(address, m.put(word(slot)), m.put(word(value)))
  }
  e.sealState()
  const stateRoot = bytesToHex(m.copy((e.blockHeader() >>> 0) + layout.header.stateRoot, 32))
  return { stateRoot, operations: readChanges(m, stateRoot).operations }
}

/** A quantity or a word in hex as 32 bytes. */
const word = (hex: string): Uint8Array => hexToBytes(`0x${hex.slice(2).padStart(64, '0')}`)

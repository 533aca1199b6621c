import {
  bytesToHex,
  emptyRootHash,
  genesisHeader,
  hexToBytes,
  type EngineOpenOptions,
  type Genesis,
  type SealedHeader,
} from '@animechain/core'
import { ExecutionError } from './errors.js'
import { sealHeader } from './header.js'
import { metaOperation, type NodeStore } from './nodeStore.js'
import { snapshot } from './snapshot.js'
import { WorldState } from './worldState.js'

const GENESIS_KEY = 'genesis'

/** Writes block 0 where the store is empty. @throws EXECUTION_GENESIS_MISMATCH when it has another one */
export async function writeGenesis(
  { chain, genesis }: EngineOpenOptions,
  store: NodeStore,
): Promise<SealedHeader> {
  const state = new WorldState(store, snapshot(store, hexToBytes(emptyRootHash)))
  applyAlloc(state, genesis)
  const sealed = await state.seal()
  const header = sealHeader(genesisHeader(chain, genesis, bytesToHex(sealed.root)))
  const known = store.meta(GENESIS_KEY)
  if (known === undefined)
    await store.commit([...sealed.operations, metaOperation(GENESIS_KEY, hexToBytes(header.hash))])
  else if (bytesToHex(known) !== header.hash)
    throw new ExecutionError('The storage holds another chain.', 'EXECUTION_GENESIS_MISMATCH', {
      metaMessages: [`Expected the genesis ${header.hash}, got ${bytesToHex(known)}.`],
    })
  return header
}

function applyAlloc(state: WorldState, genesis: Genesis): void {
  for (const [address, account] of Object.entries(genesis.alloc)) {
    const key = address.slice(2).toLowerCase()
    const { balance = 0n, nonce = 0n, code = '0x' } = account
    const storage = Object.entries(account.storage ?? {}).filter(([, value]) => BigInt(value) > 0n)
    // A state holds no account that is nothing (EIP-7523).
    if (balance === 0n && nonce === 0n && code === '0x' && storage.length === 0) continue
    state.addBalance(key, balance)
    if (nonce > 0n) state.setNonce(key, nonce)
    if (code !== '0x') state.setCode(key, hexToBytes(code))
    for (const [slot, value] of storage)
      state.setSlot(key, BigInt(slot).toString(16).padStart(64, '0'), BigInt(value))
  }
}

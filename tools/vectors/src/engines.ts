import {
  bytesToHex,
  zeroHash,
  type ChainConfig,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { newProofCounts, proving, replayOf, type ProofCounts } from './proving.js'
import { alloc, type FixtureState } from './state.js'
import { memoryStorage } from '@animechain/storage-memory'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'

/** An engine under test. */
export interface EngineUnderTest {
  name: string
  /** A closed engine; perhaps the one of the case before. */
  create(): ExecutionEngine
  /** Present when every block is to be proved: an engine that runs each of its blocks in the proof build as well. */
  proof?: ProofCounts
  /** Cases that are not run with this engine, and why (docs/spec/execution.md names them). */
  leftOut?: { pattern: RegExp; why: string }
  /** Root of a trie after these writes in this order (no value: delete); absent when the engine shows none. */
  trieRoot?(
    writes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[],
    secure: boolean,
  ): Promise<Hash>
}

export const engineNames = ['ethereumjs', 'wasm'] as const

/** Loads an engine by its name; with `proof` every block that it executes is proved, too, and with `replay` also on the proving machine. */
export async function loadEngine(
  name: string,
  { proof = false, replay = false } = {},
): Promise<EngineUnderTest> {
  if (proof && name !== 'wasm') throw new Error(`Only the engine wasm has a proof build, ${name} has none.`)
  if (name === 'ethereumjs') {
    const { ethereumjs } = await import('@animechain/execution-ethereumjs')
    return {
      name,
      create: ethereumjs,
      leftOut: { pattern: /CALLBlake2f_MaxRounds/, why: '2^32 rounds of BLAKE2b in JavaScript take an hour' },
      async trieRoot(writes, secure) {
        const trie = new MerklePatriciaTrie({ useKeyHashing: secure })
        for (const [key, value] of writes) {
          if (value === undefined) await trie.del(key)
          else await trie.put(key, value)
        }
        return bytesToHex(trie.root())
      },
    }
  }
  if (name === 'wasm') {
    const { trieRoot, wasm } = await import('@animechain/execution-wasm')
    // One engine for all cases, one after another: an instance of the guest for each would keep the garbage collector busy.
    const own = wasm()
    if (!proof) return { name, create: () => own, trieRoot }
    const counts = newProofCounts()
    const proven = proving(own, counts, replay ? await replayOf() : undefined)
    return { name, create: () => proven, trieRoot, proof: counts }
  }
  throw new Error(`Expected an engine of ${engineNames.join(', ')}, got ${name}.`)
}

/** Opens an engine on a fresh storage, runs `use`, closes it. */
export async function withEngine<T>(
  engine: EngineUnderTest,
  chain: ChainConfig,
  genesis: Genesis,
  blockHash: (number: bigint) => Hash | undefined,
  use: (engine: ExecutionEngine, genesis: SealedHeader) => Promise<T>,
): Promise<T> {
  const storage = memoryStorage()
  await storage.start()
  const own = engine.create()
  const header = await own.open({ chain, genesis, storage, blockHash })
  try {
    return await use(own, header)
  } finally {
    await own.close()
    await storage.stop()
  }
}

/** Root of a state that a fixture writes out. */
export async function rootOf(
  engine: EngineUnderTest,
  chain: ChainConfig,
  state: FixtureState,
): Promise<Hash> {
  const genesis: Genesis = {
    timestamp: 0n,
    gasLimit: 30_000_000n,
    baseFeePerGas: 7n,
    prevRandao: zeroHash,
    extraData: '0x',
    beneficiary: `0x${'00'.repeat(20)}`,
    alloc: alloc(state),
  }
  return withEngine(
    engine,
    chain,
    genesis,
    () => undefined,
    async (_, { stateRoot }) => stateRoot,
  )
}

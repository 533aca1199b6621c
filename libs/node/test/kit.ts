import {
  hexToBytes,
  outputHistory,
  rollupChain,
  type Address,
  type AssertionClaim,
  type DataAvailability,
  type Genesis,
  type Hash,
  type Hex,
  type KeyValueStore,
  type Settlement,
} from '@animechain/core'
import { batchCodec } from '@animechain/codec'
import { memoryDa } from '@animechain/da-memory'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { reexecution } from '@animechain/proving-reexecution'
import { memorySettlement, type MemorySettlementOptions } from '@animechain/settlement-memory'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccounts } from '@animechain/testing'
import { createRollup, type Rollup, type RollupOptions } from '@animechain/node'

export const chain = rollupChain({ chainId: 26_463n })
export const accounts = testAccounts(6)
const zero = `0x${'00'.repeat(32)}` as const

/** Runs until nobody asks for more: services are stepped by hand, so nothing in these tests waits. */
export const genesisAt = (timestamp: bigint): Genesis => ({
  timestamp,
  gasLimit: 30_000_000n,
  baseFeePerGas: 1_000_000_000n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: '0x4200000000000000000000000000000000000011',
  alloc: Object.fromEntries(
    accounts.map(({ address }) => [address.toLowerCase(), { balance: 10n ** 21n }]),
  ) as Genesis['alloc'],
})

/** A clock that stands still until it is told. */
export function manualClock(start = 1_700_000_000_000) {
  let now = start
  return {
    now: () => now,
    advance(ms: number) {
      now += ms
    },
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) return resolve()
        signal?.addEventListener('abort', () => resolve())
      }),
  }
}
export type ManualClock = ReturnType<typeof manualClock>

export interface World {
  clock: ManualClock
  genesis: Genesis
  settlement: ReturnType<typeof memorySettlement>
  da: DataAvailability
  node(options?: Partial<RollupOptions>): Rollup
  sequencer(options?: Partial<RollupOptions>): Promise<Rollup>
  verifier(options?: Partial<RollupOptions>): Promise<Rollup>
  stop(): Promise<void>
}

/** One L1 and one DA for any number of nodes. */
export function world(options: MemorySettlementOptions = {}): World {
  const clock = manualClock()
  const genesis = genesisAt(BigInt(clock.now() / 1000))
  const settlement = memorySettlement({ clock, genesisTimestamp: genesis.timestamp, ...options })
  const da = memoryDa()
  const nodes: Rollup[] = []
  const node = (over: Partial<RollupOptions> = {}) => {
    const rollup = createRollup({
      chain,
      genesis,
      execution: ethereumjs(),
      da,
      settlement,
      proving: reexecution(),
      storage: memoryStorage(),
      clock,
      batcher: { maxAgeSeconds: 0 },
      ...over,
    })
    nodes.push(rollup)
    return rollup
  }
  /** Started, with its loops stopped: tests step it. */
  const still = async (rollup: Rollup) => {
    await rollup.start()
    for (const service of Object.values(rollup.services)) await service.stop()
    await rollup.services.derivation.tick()
    return rollup
  }
  return {
    clock,
    genesis,
    settlement,
    da,
    node,
    sequencer: (over = {}) => still(node({ role: 'sequencer', ...over })),
    verifier: (over = {}) => still(node({ role: 'verifier', batcher: false, ...over })),
    async stop() {
      for (const rollup of nodes) await rollup.stop()
    },
  }
}

/** Lets a second pass and builds a block. */
export async function block(w: World, rollup: Rollup, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    w.clock.advance(1000)
    await rollup.services.sequencer!.tick()
  }
}

/** A signed transfer. */
export async function transfer(
  from: number,
  nonce: number,
  fields: Partial<{
    to: Hex
    value: bigint
    gas: bigint
    maxFeePerGas: bigint
    maxPriorityFeePerGas: bigint
    chainId: number
    data: Hex
  }> = {},
): Promise<Uint8Array> {
  return hexToBytes(
    await accounts[from]!.signTransaction({
      type: 'eip1559',
      chainId: Number(chain.chainId),
      nonce,
      to: '0x00000000000000000000000000000000000000aa',
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 10_000_000_000n,
      maxPriorityFeePerGas: 1_000_000n,
      ...fields,
    }),
  )
}

export const addressOf = (index: number): Address => accounts[index]!.address.toLowerCase() as Address

/** Hashes of all blocks, in order. */
export function hashes(rollup: Rollup, to = rollup.chain.head('latest').number): string[] {
  return Array.from({ length: Number(to) + 1 }, (_, i) => rollup.chain.headerByNumber(BigInt(i))!.hash)
}

/** A settlement with some methods replaced. */
export const wrap = (settlement: Settlement, over: Partial<Settlement>): Settlement => ({
  ...settlement,
  ...over,
})

/** A claim that a settlement takes, whatever is true: every block since the parent's batch has this output root. */
export async function claimOf(
  settlement: Settlement,
  batchIndex: bigint,
  outputRoot: Hash,
  parent?: Hex,
): Promise<AssertionClaim & { proof: Hash[] }> {
  const { historyHeight } = await settlement.assertionRules()
  const [batch] = await settlement.getBatches(batchIndex, batchIndex + 1n)
  const { firstBlock, blockCount } = batch!.header
  return {
    ...{ batchIndex, batchAcc: batch!.acc, blockNumber: firstBlock + BigInt(blockCount) - 1n },
    ...{ outputRoot, parent },
    ...outputHistory([outputRoot], historyHeight),
  }
}

/** Every assertion about one of these batches is a lie, by default about all. What it tells is what the settlement then has. */
export const lying = (
  settlement: Settlement,
  about: (batchIndex: bigint) => boolean = () => true,
): Settlement =>
  wrap(settlement, {
    assert: async (claim, options) =>
      settlement.assert(
        about(claim.batchIndex)
          ? await claimOf(settlement, claim.batchIndex, `0x${'bad0'.repeat(16)}`, claim.parent)
          : claim,
        options,
      ),
  })

/** A store that forgets everything after `writes` batches, as a crash would. */
export function crashing(storage: KeyValueStore, writes: number): KeyValueStore {
  let left = writes
  return {
    ...storage,
    id: storage.id,
    // The disk outlives the process.
    start: async () => {},
    stop: async () => {},
    get: (key) => storage.get(key),
    iterate: (range) => storage.iterate(range),
    async batch(operations, options) {
      if (left-- <= 0) throw new Error('crash')
      await storage.batch(operations, options)
    },
  }
}

export const codec = batchCodec()

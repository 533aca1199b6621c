import { afterEach, describe, expect, test } from '@jest/globals'
import type { Settlement } from '@animechain/core'
import type { Rollup } from '@animechain/node'
import { addressOf, block, hashes, transfer, world, wrap, type World } from './kit.js'

let w: World
afterEach(() => w?.stop())

/** Reads of L1 that a step of derivation makes. */
const reads = ['view', 'getBatches', 'getDeposits', 'accumulatorAt', 'getBody'] as const

/** An L1 that answers so many reads more, and then none until it is told to. */
function fallible(settlement: Settlement) {
  const state = { left: Infinity, failed: 0 }
  const guarded = Object.fromEntries(
    reads
      .filter((name) => settlement[name] !== undefined)
      .map((name) => [
        name,
        async (...args: unknown[]) => {
          if (state.left-- <= 0) {
            state.failed++
            throw new Error('L1 is offline')
          }
          return (settlement[name] as (...args: unknown[]) => unknown)(...args)
        },
      ]),
  ) as Partial<Settlement>
  return { state, settlement: wrap(settlement, guarded) }
}

/**
 * A sequencer whose batches, and deposits that its blocks read, an L1 reorg takes away; what another sequencer posted in their place is on L1 instead.
 * L1 goes out of reach after `answers` reads of the step that finds out.
 */
async function outageAfter(answers: number) {
  w = world({ finalizedDistance: 30n })
  const { state, settlement } = fallible(w.settlement)
  const node = await w.sequencer({ settlement })
  w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 1n })
  w.settlement.l1.mine(12)
  await node.services.derivation.tick()
  await block(w, node, 2)
  await node.services.batcher!.tick()
  w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 2n })
  await node.services.derivation.tick()
  await node.pool!.add(await transfer(1, 0))
  await block(w, node, 2)
  await node.services.batcher!.tick()
  w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 4n })
  await node.services.derivation.tick()
  expect(node.chain.head('safe').number).toBe(4n)

  w.settlement.l1.reorg(5)
  const other = await w.sequencer()
  await block(w, other, 1)
  await other.services.batcher!.tick()
  await other.stop()
  w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 8n })

  state.left = answers
  const outcome = await node.services.derivation.tick().then(
    () => 'completed',
    () => 'failed',
  )
  return { node, state, outcome }
}

const depositsIn = ({ chain }: Rollup, number: bigint) =>
  chain.blockByNumber(number)!.transactions.filter(({ receipt }) => receipt.type === 0x7e).length

describe('an L1 outage that begins in the middle of following a reorg', () => {
  test('stops no blocks, whatever was read before it; deposits wait, and the chain converges afterwards', async () => {
    let undone = 0
    for (let answers = 0; ; answers++) {
      const { node, state, outcome } = await outageAfter(answers)
      if (outcome === 'completed') {
        expect(state.failed).toBe(0)
        // The reorg was found, and undone in part, before some of the outages.
        expect(undone).toBeGreaterThan(1)
        return
      }
      if (node.chain.head('safe').number < 4n) undone++
      const before = node.chain.head('latest').number
      await block(w, node, 3)
      expect(node.chain.head('latest').number).toBe(before + 3n)
      if (node.chain.head('safe').number < 4n)
        for (let number = before + 1n; number <= before + 3n; number++)
          expect(depositsIn(node, number)).toBe(0)
      expect(node.health().ok).toBe(false)

      state.left = Infinity
      await node.services.derivation.tick()
      await block(w, node, 2)
      for (let i = 0; i < 3; i++) await node.services.batcher!.tick()
      expect(node.health().ok).toBe(true)
      expect(node.chain.head('safe').hash).toBe(node.chain.head('latest').hash)
      const verifier = await w.verifier()
      expect(hashes(verifier)).toEqual(hashes(node))
      const state3 = await verifier.engine.stateAt(verifier.chain.head('safe')).getAccount(addressOf(3))
      // 1 and 8 are in L1's queue; 2 and 4 a reorg took away.
      expect(state3!.balance).toBe(10n ** 21n + 9n)
      expect(
        (await verifier.engine.stateAt(verifier.chain.head('safe')).getAccount(addressOf(1)))!.nonce,
      ).toBe(1n)
      await w.stop()
    }
  })

  test('builds nothing on what is not yet read while L1 answers, nor after a start', async () => {
    w = world()
    const { state, settlement } = fallible(w.settlement)
    state.left = 0
    const node = w.node({ settlement })
    await node.start()
    for (const service of Object.values(node.services)) await service.stop()
    await expect(node.services.derivation.tick()).rejects.toThrow('offline')
    await block(w, node, 3)
    expect(node.chain.head('latest').number).toBe(0n)
  })
})

import type { CallOptions, CallRequest } from '@animechain/core'
import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { INIT, STRANGER, alice, bob, contracts, onlyTransaction, slot, type World } from './world.js'

/** What gas estimates promise. */
export const gasEstimates: Promises<World> = {
  'are the least gas with which a transaction does what it does': async (world) => {
    const { engine } = world
    // Not on the genesis: an estimate sees its header's number, and block 0 has no block before it.
    const { header: head } = await world.block(world.genesis, [])
    const estimate = async (request: CallRequest) => {
      const result = await engine.estimateGas(head, { from: alice.address, ...request })
      ok(
        result.status === 'success',
        JSON.stringify(result, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)),
      )
      return result.gas
    }
    equal(await estimate({ to: STRANGER, value: 1n }), 21_000n)
    for (const to of [
      contracts.counter.address,
      contracts.caller.address,
      contracts.clearer.address,
      undefined,
    ]) {
      const data = to === undefined ? INIT : '0x'
      const gasLimit = await estimate({ to, data })
      const enough = await world.block(head, [alice.sign({ nonce: 0n, to, data, gasLimit })])
      equal(onlyTransaction(enough).receipt.status, 1)
      const short = await world.block(head, [alice.sign({ nonce: 0n, to, data, gasLimit: gasLimit - 1n })])
      const inner = to === contracts.caller.address
      // A caller that ignores its callee's failure succeeds with less: then it is the least with which it succeeds.
      ok(short.skipped.length === 1 || short.transactions[0]!.receipt.status === 0 || inner)
    }
  },

  'in the context of another block are those of that block': async (world) => {
    const { engine } = world
    const { header: head } = await world.block(world.genesis, [])
    // Stores a word unless TIMESTAMP is the head's.
    const time = head.timestamp.toString(16).padStart(4, '0')
    const data = `0x4261${time}14600d5760016000555b00` as const
    const blockOverrides = { number: head.number + 1n, timestamp: head.timestamp + 2n }
    const gas = async (options?: CallOptions) => {
      const result = await engine.estimateGas(head, { from: alice.address, data }, options)
      ok(result.status === 'success')
      return result.gas
    }
    const status = async (gasLimit: bigint) =>
      onlyTransaction(await world.block(head, [alice.sign({ nonce: 0n, data, gasLimit })])).receipt.status
    ok((await gas()) + 20_000n < (await gas({ blockOverrides })))
    equal(await status(await gas()), 0)
    equal(await status(await gas({ blockOverrides })), 1)
  },

  'of what fails give the revert data or the reason': async ({ engine, genesis: head }) => {
    deepEqual(await engine.estimateGas(head, { to: contracts.reverter.address }), {
      status: 'revert',
      returnData: slot(42),
    })
    for (const to of [contracts.invalid.address, contracts.loop.address, contracts.hugeRevert.address])
      equal((await engine.estimateGas(head, { to }, { gasCap: 200_000n })).status, 'halt')
    equal((await engine.estimateGas(head, { from: STRANGER, to: bob.address, value: 1n })).status, 'halt')
  },

  'of all that somebody has say, with a price, that nothing is left for gas': async (world) => {
    const { engine, genesis: head } = world
    const options = { stateOverrides: { [STRANGER]: { balance: 10n ** 15n } } }
    const all = { from: STRANGER, to: bob.address, value: 10n ** 15n }
    deepEqual(await engine.estimateGas(head, all, options), { status: 'success', gas: 21_000n })
    deepEqual(await engine.estimateGas(head, { ...all, maxFeePerGas: 2n * 10n ** 9n }, options), {
      status: 'halt',
      reason: 'insufficient funds for transfer',
    })
  },
}

import { bytesToHex } from '@animechain/core'
import { deepEqual, equal, ok, rejects, withCode } from '../assert.js'
import type { Promises } from '../runner.js'
import { INIT, alice, bob, contracts, slot, type World } from './world.js'

/** What is kept in the store. */
export const keeping: Promises<World> = {
  'finds every sealed state again after a restart, and goes on the same': async (world) => {
    const first = await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })])
    const next = [
      alice.sign({ nonce: 1n, to: contracts.caller.address }),
      alice.sign({ nonce: 2n, data: INIT }),
    ]
    const expected = await world.block(first.header, next)
    await world.engine.close()
    const again = await world.open({ storage: world.storage })
    equal(await again.engine.hasState(first.header), true)
    equal(await again.storageAt(first.header, contracts.counter.address, 0), 1n)
    deepEqual((await again.block(first.header, next)).header, expected.header)
    await again.engine.prune(first.header)
    equal(await again.engine.hasState(first.header), true)
    await again.engine.close()
  },

  'owns no keys but its own': async (world) => {
    await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })])
    const keys = world.storage.keys()
    ok(keys.length > 0)
    const shortest = Math.min(...keys.map((key) => key.length))
    let shared = 0
    while (shared < shortest && keys.every((key) => key[shared] === keys[0]![shared])) shared++
    ok(shared >= 1, 'expected a prefix that all keys share')
  },

  'says that a state is missing, and does not invent it': async (world) => {
    const unknown = { ...world.genesis, number: 5n, stateRoot: slot(0xdead), hash: slot(0xbeef) }
    equal(await world.engine.hasState(unknown), false)
    const missing = withCode('EXECUTION_STATE_MISSING')
    const reader = world.engine.stateAt(unknown)
    await rejects(reader.getAccount(alice.address), missing)
    await rejects(reader.getCode(alice.address), missing)
    await rejects(reader.getStorage(alice.address, slot(0)), missing)
    await rejects(reader.getProof(alice.address, []), missing)
    await rejects(world.engine.call(unknown, { to: bob.address }), missing)
    await rejects(world.block(unknown, []), missing)
    equal((await world.block(world.genesis, [])).header.number, 1n)
  },

  'notices that a state was lost': async (world) => {
    const kept = new Set(world.storage.keys().map((key) => bytesToHex(key)))
    const block = await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })])
    await world.engine.close()
    const lost = world.storage.keys().filter((key) => !kept.has(bytesToHex(key)))
    ok(lost.length > 0)
    await world.storage.batch(lost.map((key) => ({ type: 'delete', key })))
    const again = await world.open({ storage: world.storage })
    equal(await again.engine.hasState(block.header), false)
    await rejects(again.balance(block.header, alice.address), withCode('EXECUTION_STATE_MISSING'))
    await rejects(again.block(block.header, []), withCode('EXECUTION_STATE_MISSING'))
    deepEqual(
      (await again.block(again.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })])).header,
      block.header,
    )
    await again.engine.close()
  },

  'does not work before it is opened or after it is closed': async (world) => {
    await rejects(world.create().hasState(world.genesis), withCode('EXECUTION_CLOSED'))
    await world.engine.close()
    await rejects(world.engine.hasState(world.genesis), withCode('EXECUTION_CLOSED'))
    await rejects(
      world.engine.openBlock(world.genesis, world.attributes(world.genesis)),
      withCode('EXECUTION_CLOSED'),
    )
  },
}

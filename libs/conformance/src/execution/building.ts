import type { AddOutcome, SealedHeader } from '@animechain/core'
import { deepEqual, equal, rejects, withCode } from '../assert.js'
import type { Promises } from '../runner.js'
import { INIT, STRANGER, alice, contracts, deposit, type World } from './world.js'

/** How blocks are built: transaction by transaction, on any parent. */
export const building: Promises<World> = {
  'come out the same transaction by transaction, with the sender given or not': async (world) => {
    const raws = [
      deposit({ from: STRANGER, mint: 3n }),
      alice.sign({ nonce: 0n, to: contracts.counter.address }),
      Uint8Array.of(1, 2, 3),
      alice.sign({ nonce: 1n, data: INIT }),
    ]
    const whole = await world.block(world.genesis, raws)
    const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
    equal(builder.baseFeePerGas, whole.header.baseFeePerGas)
    const outcomes: AddOutcome[] = []
    for (const raw of raws) {
      const sender = raw[0] === 2 && raw.length > 3 ? alice.address : undefined
      outcomes.push(await builder.add(raw, { sender }))
    }
    deepEqual(
      outcomes.map(({ status }) => status),
      ['included', 'included', 'skipped', 'included'],
    )
    equal(builder.gasUsed, whole.header.gasUsed)
    const sealed = await builder.seal()
    deepEqual(sealed.header, whole.header)
    deepEqual(sealed.transactions, whole.transactions)
    deepEqual(sealed.skipped, whole.skipped)
  },

  'leave nothing behind when they are aborted': async (world) => {
    const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
    await builder.add(alice.sign({ nonce: 0n, to: contracts.counter.address }))
    await builder.abort()
    await rejects(builder.add(alice.sign({ nonce: 1n, to: STRANGER })), withCode('EXECUTION_CLOSED'))
    await rejects(builder.seal(), withCode('EXECUTION_CLOSED'))
    const block = await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })])
    equal(await world.storageAt(block.header, contracts.counter.address, 0), 1n)
  },

  'do not disturb reads while they are built': async (world) => {
    const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
    await builder.add(alice.sign({ nonce: 0n, to: contracts.counter.address }))
    equal(await world.storageAt(world.genesis, contracts.counter.address, 0), 0n)
    const call = await world.engine.call(world.genesis, { to: contracts.counter.address })
    equal(call.status, 'success')
    await builder.add(alice.sign({ nonce: 1n, to: contracts.counter.address }))
    const { header } = await builder.seal()
    equal(await world.storageAt(header, contracts.counter.address, 0), 2n)
    equal(await world.storageAt(world.genesis, contracts.counter.address, 0), 0n)
  },

  'grow on any parent whose state is there: siblings live side by side': async (world) => {
    const add = (nonce: bigint) => alice.sign({ nonce, to: contracts.counter.address })
    const left = await world.block(world.genesis, [add(0n)])
    const right = await world.block(world.genesis, [add(0n), add(1n)], { timestamp: 1_005n })
    const leftAgain = await world.block(left.header, [add(1n)])
    const rightAgain = await world.block(right.header, [add(2n)])
    for (const [header, count] of [
      [world.genesis, 0n],
      [left.header, 1n],
      [right.header, 2n],
      [leftAgain.header, 2n],
      [rightAgain.header, 3n],
    ] as [SealedHeader, bigint][])
      equal(await world.storageAt(header, contracts.counter.address, 0), count)
    const same = await world.block(world.genesis, [add(0n)])
    deepEqual(same.header, left.header)
  },

  'are refused with attributes that no rule allows': async (world) => {
    for (const changes of [
      { number: 2n },
      { number: 0n },
      { timestamp: world.genesis.timestamp },
      { gasLimit: 0n },
      { gasLimit: 2n ** 63n },
      { extraData: `0x${'00'.repeat(33)}` },
    ] as const)
      await rejects(world.block(world.genesis, [], changes), withCode('EXECUTION_INVALID_ATTRIBUTES'))
    equal((await world.block(world.genesis, [])).header.number, 1n)
  },
}

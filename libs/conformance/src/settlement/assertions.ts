import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { appended, claimOf, root, type SettlementWorld } from './world.js'

/** L1's time may be ahead of its clock by a second for each block. */
const passPeriod = (world: SettlementWorld) => world.increaseTime(world.challengePeriod + 60)

/** What assertions, their rivals and bonds promise. */
export const assertions: Promises<SettlementWorld> = {
  'an assertion names a batch that is there, once': async ({ settlement }) => {
    await appended(settlement, { blockCount: 3 })
    const claim = await claimOf(settlement, 0n, root('a'))
    equal((await settlement.assert({ ...claim, batchAcc: root('9') })).status, 'rejected')
    equal((await settlement.assert({ ...claim, blockNumber: 2n })).status, 'rejected')
    equal((await settlement.assert({ ...claim, batchIndex: 7n })).status, 'rejected')
    equal((await settlement.assert({ ...claim, history: root('9') })).status, 'rejected')
    equal((await settlement.assert({ ...claim, proof: claim.proof.slice(1) })).status, 'rejected')
    equal((await settlement.assert({ ...claim, parent: `0x${'12'.repeat(20)}` })).status, 'rejected')
    equal(await settlement.assertionCount(), 0n)
    const made = await settlement.assert(claim)
    equal(made.status, 'ok')
    ok(made.id)
    equal((await settlement.assert(claim)).status, 'rejected')
    // Another root without a history that ends in it is no claim.
    equal((await settlement.assert({ ...claim, outputRoot: root('b') })).status, 'rejected')
    equal((await settlement.assert(await claimOf(settlement, 0n, root('b')))).status, 'ok')
    const assertions = await settlement.getAssertions(0n, 10)
    deepEqual(
      assertions.map(({ outputRoot, status, batchIndex, blockNumber, parent }) => ({
        outputRoot,
        status,
        batchIndex,
        blockNumber,
        parent,
      })),
      ['a', 'b'].map((digit) => ({
        outputRoot: root(digit),
        status: 'disputed',
        batchIndex: 0n,
        blockNumber: 3n,
        parent: undefined,
      })),
    )
    equal(assertions[0]!.id, made.id)
    equal(assertions[0]!.history, claim.history)
    ok(assertions[0]!.challengeDeadline > assertions[0]!.createdAt)
    deepEqual(await settlement.getAssertions(1n, 10), [assertions[1]])
  },

  'an assertion without a rival is accepted when its time is over, and not before': async (world) => {
    const { settlement } = world
    await appended(settlement)
    const claim = await claimOf(settlement, 0n, root('a'))
    const { id } = await settlement.assert(claim)
    equal((await settlement.getAssertions(0n, 1))[0]!.status, 'pending')
    equal(await settlement.decision(id!), undefined)
    equal((await settlement.resolve(id!)).status, 'rejected')
    await passPeriod(world)
    equal((await settlement.resolve(id!)).status, 'ok')
    equal((await settlement.getAssertions(0n, 1))[0]!.status, 'accepted')
    equal(await settlement.decision(id!), undefined)
    equal((await settlement.assert(await claimOf(settlement, 0n, root('b')))).status, 'rejected')
    // Whatever the bonds are, they are paid out once.
    if ((await settlement.owed()) > 0n) equal((await settlement.claim()).status, 'ok')
    equal(await settlement.owed(), 0n)
    equal((await settlement.claim()).status, 'rejected')
    equal((await settlement.resolve(id!)).status, 'rejected')
  },

  'an assertion with a rival is not accepted by time alone': async (world) => {
    const { settlement } = world
    await appended(settlement)
    const made = await settlement.assert(await claimOf(settlement, 0n, root('a')))
    const rival = await settlement.assert(await claimOf(settlement, 0n, root('b')))
    await passPeriod(world)
    for (const { id } of [rival, made]) await settlement.resolve(id!)
    for (const { status } of await settlement.getAssertions(0n, 10)) equal(status, 'disputed')
  },

  'an assertion follows its parent, and is accepted after it': async (world) => {
    const { settlement } = world
    for (let i = 0; i < 2; i++) await appended(settlement)
    const first = await settlement.assert(await claimOf(settlement, 0n, root('a')))
    equal((await settlement.assert(await claimOf(settlement, 1n, root('b')))).status, 'rejected')
    const second = await settlement.assert(await claimOf(settlement, 1n, root('b'), first.id))
    equal(second.status, 'ok')
    equal((await settlement.getAssertions(1n, 1))[0]!.parent, first.id)
    await passPeriod(world)
    equal((await settlement.resolve(second.id!)).status, 'rejected')
    equal((await settlement.resolve(first.id!)).status, 'ok')
    equal((await settlement.resolve(second.id!)).status, 'ok')
    for (const { status } of await settlement.getAssertions(0n, 10)) equal(status, 'accepted')
  },
}

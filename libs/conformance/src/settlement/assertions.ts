import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { appended, claimOf, root, type SettlementWorld } from './world.js'

/** What assertions, challenges and bonds promise. */
export const assertions: Promises<SettlementWorld> = {
  'an assertion names a batch that is there, once': async ({ settlement }) => {
    await appended(settlement, { blockCount: 3 })
    const claim = await claimOf(settlement, 0n, root('a'))
    equal((await settlement.assert({ ...claim, batchAcc: root('9') })).status, 'rejected')
    equal((await settlement.assert({ ...claim, blockNumber: 2n })).status, 'rejected')
    equal((await settlement.assert({ ...claim, batchIndex: 7n })).status, 'rejected')
    equal(await settlement.assertionCount(), 0n)
    const made = await settlement.assert(claim)
    equal(made.status, 'ok')
    ok(made.id)
    equal((await settlement.assert(claim)).status, 'rejected')
    equal((await settlement.assert({ ...claim, outputRoot: root('b') })).status, 'ok')
    const assertions = await settlement.getAssertions(0n, 10)
    deepEqual(
      assertions.map(({ outputRoot, status, batchIndex, blockNumber }) => ({
        outputRoot,
        status,
        batchIndex,
        blockNumber,
      })),
      ['a', 'b'].map((digit) => ({
        outputRoot: root(digit),
        status: 'pending',
        batchIndex: 0n,
        blockNumber: 3n,
      })),
    )
    equal(assertions[0]!.id, made.id)
    ok(assertions[0]!.challengeDeadline > assertions[0]!.createdAt)
    deepEqual(await settlement.getAssertions(1n, 10), [assertions[1]])
  },

  'an unchallenged assertion is accepted when its time is over, and not before': async (world) => {
    const { settlement } = world
    await appended(settlement)
    const { id } = await settlement.assert(await claimOf(settlement, 0n, root('a')))
    equal(await settlement.decision(id!), undefined)
    equal((await settlement.resolve(id!)).status, 'rejected')
    await world.increaseTime(world.challengePeriod + 2)
    equal((await settlement.challenge(id!)).status, 'rejected')
    equal((await settlement.resolve(id!)).status, 'ok')
    equal((await settlement.getAssertions(0n, 1))[0]!.status, 'accepted')
    equal(await settlement.decision(id!), undefined)
    // Whatever the bonds are, they are paid out once.
    if ((await settlement.owed(id!)) > 0n) equal((await settlement.claim(id!)).status, 'ok')
    equal(await settlement.owed(id!), 0n)
    equal((await settlement.claim(id!)).status, 'rejected')
    equal((await settlement.resolve(id!)).status, 'rejected')
  },

  'a challenged assertion is not accepted by time alone': async (world) => {
    const { settlement } = world
    await appended(settlement)
    const { id } = await settlement.assert(await claimOf(settlement, 0n, root('a')))
    equal((await settlement.challenge(id!)).status, 'ok')
    equal((await settlement.getAssertions(0n, 1))[0]!.status, 'challenged')
    equal((await settlement.challenge(id!)).status, 'rejected')
    await world.increaseTime(world.challengePeriod + 2)
    await settlement.resolve(id!)
    ok((await settlement.getAssertions(0n, 1))[0]!.status !== 'accepted')
  },
}

import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { alice, contracts, slot, type World } from './world.js'

/** What access lists promise. */
export const accessLists: Promises<World> = {
  'name what a call touches besides its sender and target': async ({ engine, genesis: head }) => {
    const result = await engine.createAccessList(head, {
      from: alice.address,
      to: contracts.caller.address,
    })
    equal(result.status, 'success')
    deepEqual(
      result.accessList.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
      [
        { address: contracts.counter.address, storageKeys: [slot(0)] },
        { address: contracts.caller.address, storageKeys: [slot(1)] },
      ].toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    )
    ok(result.gasUsed > 21_000n)
    const reverted = await engine.createAccessList(head, { to: contracts.reverter.address })
    equal(reverted.status, 'revert')
  },
}

import { bytesToHex, readBatchBase } from '@animechain/core'
import { equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { append, force, recipient, root, type SettlementWorld } from './world.js'

/** Batches that anybody may append. */
export const forcing: Promises<SettlementWorld> = {
  'a deposit that waited too long can be forced by anyone, and not before': async (world) => {
    const { settlement } = world
    const body = new TextEncoder().encode('labels')
    equal((await force(settlement, body)).status, 'rejected')
    const waiting = (await settlement.view()).depositCount + 1n
    await world.deposit(3n, recipient)
    equal((await force(settlement, body)).status, 'rejected')
    const { forceDelaySeconds } = await settlement.rules()
    await world.increaseTime(forceDelaySeconds + 2)
    equal((await append(settlement, { depositsReadAfter: 0n })).status, 'rejected', 'it must be read by now')
    equal((await force(settlement, body)).status, 'ok')
    const view = await settlement.view()
    equal(view.batchCount, 1n)
    equal(view.depositsRead, waiting)
    const [record] = await settlement.getBatches(0n, 1n)
    equal(record!.header.blockCount, 1)
    equal(record!.commitment[0], 1)
    equal((await force(settlement, body)).status, 'rejected')
  },

  'a forced batch that was made for another chain is refused': async (world) => {
    const { settlement } = world
    await world.deposit(3n, recipient)
    await world.increaseTime((await settlement.rules()).forceDelaySeconds + 2)
    const base = await readBatchBase(settlement, (await settlement.view()).depositCount)
    const body = new Uint8Array()
    for (const wrong of [{ parentAcc: root('9') }, { depositAcc: root('9') }])
      equal((await settlement.forceBatch(body, { ...base, ...wrong })).status, 'rejected')
    // Deposits that come in between change nothing: who makes them cannot keep a batch from being forced.
    await world.deposit(4n, recipient)
    equal((await settlement.forceBatch(body, base)).status, 'ok')
  },
}

/** Of settlements that give the body of a batch that was forced. */
export const bodies: Promises<SettlementWorld> = {
  'the body of a forced batch comes back': async (world) => {
    const { settlement } = world
    ok(settlement.getBody)
    const body = new TextEncoder().encode('labels')
    await world.deposit(3n, recipient)
    await world.increaseTime((await settlement.rules()).forceDelaySeconds + 2)
    equal((await force(settlement, body)).status, 'ok')
    const [record] = await settlement.getBatches(0n, 1n)
    const got = await settlement.getBody(record!)
    equal(got.status, 'data')
    ok(got.status === 'data' && bytesToHex(got.data) === bytesToHex(body))
  },
}

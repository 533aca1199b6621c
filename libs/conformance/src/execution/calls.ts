import type { CallRequest } from '@animechain/core'
import { deepEqual, equal, ok, rejects, withCode } from '../assert.js'
import type { Promises } from '../runner.js'
import { GWEI, INIT, RUNTIME, STRANGER, alice, bob, contracts, pauper, slot, type World } from './world.js'

/** What calls promise. */
export const calls: Promises<World> = {
  'give return data, revert data or the reason of a halt, and change nothing': async ({
    engine,
    genesis: head,
  }) => {
    const teller = await engine.call(head, {
      from: alice.address,
      to: contracts.teller.address,
      value: 9n,
    })
    equal(teller.status, 'success')
    ok(teller.status === 'success')
    const words = Array.from({ length: 6 }, (_, i) =>
      BigInt(`0x${teller.returnData.slice(2 + 64 * i, 66 + 64 * i)}`),
    )
    deepEqual(words, [BigInt(alice.address), 9n, head.number, head.timestamp, head.baseFeePerGas, 0n])
    ok(teller.gasUsed > 21_000n)
    const reverted = await engine.call(head, { to: contracts.reverter.address })
    ok(reverted.status === 'revert')
    equal(reverted.returnData, slot(42))
    const halted = await engine.call(head, { to: contracts.invalid.address, gas: 50_000n })
    ok(halted.status === 'halt')
    equal(halted.gasUsed, 50_000n)
    ok(halted.reason.length > 0)
    const logged = await engine.call(head, { to: contracts.logger.address })
    ok(logged.status === 'success')
    equal(logged.logs.length, 1)
    const created = await engine.call(head, { data: INIT })
    ok(created.status === 'success')
    equal(created.returnData, `0x${RUNTIME}`)
    const again = await engine.call(head, { to: STRANGER })
    deepEqual(again, { status: 'success', returnData: '0x', gasUsed: 21_000n, logs: [] })
  },

  'that cannot start say why': async ({ engine, genesis: head }) => {
    const halted = async (request: CallRequest, reason: RegExp) => {
      const result = await engine.call(head, request)
      ok(result.status === 'halt')
      ok(reason.test(result.reason), result.reason)
      equal(result.gasUsed, 0n)
    }
    await halted({ from: STRANGER, to: bob.address, value: 1n }, /insufficient funds/)
    await halted(
      { from: pauper.address, to: bob.address, gas: 21_000n, gasPrice: 2n * GWEI },
      /insufficient funds/,
    )
    await halted({ to: bob.address, gas: 20_999n }, /intrinsic gas too low/)
    await halted(
      { from: alice.address, to: bob.address, gas: 21_000n, gasPrice: 1n },
      /less than block base fee/,
    )
    await halted({ data: `0x${'00'.repeat(49_153)}` }, /initcode size/)
    const authorization = { chainId: 0n, address: STRANGER, nonce: 0n, yParity: 0, r: 1n, s: 1n }
    await halted({ data: '0x00', authorizationList: [authorization] }, /cannot be used to create contract/)
    await halted({ to: bob.address, authorizationList: [] }, /empty auth list/)
  },

  'take overrides of state and block': async ({ engine, genesis: head }) => {
    const { address } = contracts.teller
    const told = await engine.call(
      head,
      { from: STRANGER, to: address, value: 5n },
      {
        stateOverrides: { [STRANGER]: { balance: 5n } },
        blockOverrides: { number: 77n, timestamp: 88n, baseFeePerGas: 99n },
      },
    )
    ok(told.status === 'success')
    deepEqual(
      [2, 3, 4].map((i) => BigInt(`0x${told.returnData.slice(2 + 64 * i, 66 + 64 * i)}`)),
      [77n, 88n, 99n],
    )
    // BLOBBASEFEE
    const blobs = { [STRANGER]: { code: '0x4a60005260206000f3' as const } }
    for (const blobBaseFee of [undefined, 0n, 7n, 2n ** 200n + 1n]) {
      const result = await engine.call(
        head,
        { to: STRANGER },
        { stateOverrides: blobs, blockOverrides: { blobBaseFee } },
      )
      ok(result.status === 'success')
      equal(BigInt(result.returnData), blobBaseFee ?? 1n)
    }
    const coded = await engine.call(
      head,
      { to: STRANGER },
      { stateOverrides: { [STRANGER]: { code: `0x${RUNTIME}` } } },
    )
    ok(coded.status === 'success')
    equal(coded.returnData, slot(42))
    // returns slots 0 and 1
    const reader = '0x60005460005260015460205260406000f3' as const
    const read = async (override: object) => {
      const result = await engine.call(
        head,
        { to: contracts.clearer.address },
        { stateOverrides: { [contracts.clearer.address]: { code: reader, ...override } } },
      )
      ok(result.status === 'success')
      return [BigInt(result.returnData.slice(0, 66)), BigInt(`0x${result.returnData.slice(66)}`)]
    }
    deepEqual(await read({}), [1n, 0n])
    deepEqual(await read({ stateDiff: { [slot(1)]: slot(8) } }), [1n, 8n])
    deepEqual(await read({ state: { [slot(1)]: slot(8) } }), [0n, 8n])
    const plain = await engine.call(head, { to: STRANGER })
    deepEqual(plain, { status: 'success', returnData: '0x', gasUsed: 21_000n, logs: [] })
  },

  'end: by gas, or by the clock': async ({ engine, genesis: head }) => {
    const bounded = await engine.call(
      head,
      { to: contracts.loop.address, gas: 10n ** 15n },
      { gasCap: 100_000n },
    )
    ok(bounded.status === 'halt')
    equal(bounded.gasUsed, 100_000n)
    await rejects(
      engine.call(head, { to: contracts.loop.address }, { gasCap: 5_000_000_000n, timeoutMs: 50 }),
      withCode('EXECUTION_TIMEOUT'),
    )
    equal((await engine.call(head, { to: STRANGER })).status, 'success')
  },
}

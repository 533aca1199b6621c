import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { precompile } from '@animechain/execution-wasm'
import { anvil, type Anvil } from '@animechain/testing'
import { precompileCases } from '../src/precompileCases.js'
import { comparePrecompile, runnerOn, type PrecompileRunner } from '../src/precompiles.js'

describe('the precompiles of the wasm engine', () => {
  let l1: Anvil
  let run: PrecompileRunner
  beforeAll(async () => {
    l1 = await anvil({ blockTime: 60 })
    run = runnerOn((method, params) => l1.request<string>(method, params))
  }, 60_000)
  afterAll(() => l1?.stop())

  const cases = precompileCases()

  test('are those that a proof asks L1 for', () => {
    expect(cases.map(({ number }) => number)).toEqual([1, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 256])
  })

  test.each(cases.map((one) => [`${one.number} ${one.name}`, one] as const))(
    '%s gives what L1 gives',
    async (_, one) => {
      // A pairing takes 30 ms.
      const inputs = [8, 10, 14, 15].includes(one.number) ? 12 : 40
      const counts = await comparePrecompile(one, { run, seed: 7, inputs, largest: false })
      expect(counts.differences).toEqual([])
      expect(counts.inputs).toBe(inputs)
      expect(counts.accepted).toBeGreaterThan(inputs / 5)
    },
    120_000,
  )

  test('are found out when they differ: in an output, in a failure, in an output that is missing', async () => {
    const add = cases.find(({ number }) => number === 6)!
    const options = { run, seed: 7, inputs: 40 }
    for (const wrong of [
      (number: number, input: Uint8Array) => precompile(number, input)?.slice(1),
      (number: number, input: Uint8Array) => precompile(number, input) ?? new Uint8Array(0),
      () => new Uint8Array(0),
    ])
      expect((await comparePrecompile(add, { ...options, ours: wrong })).differences).not.toEqual([])
  }, 60_000)
})

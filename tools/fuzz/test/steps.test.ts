import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { stateHash } from '@animechain/proving-machine'
import { randomFrom } from '../src/random.js'
import { edgeStep } from '../src/steps/edgeSteps.js'
import { readable } from '../src/steps/hostReads.js'
import { l1Prover, type L1Prover } from '../src/steps/l1Prover.js'

let l1: L1Prover
beforeAll(async () => {
  l1 = await l1Prover()
}, 120_000)
afterAll(() => l1.stop())

test('edges', async () => {
  const random = randomFrom(1)
  const r = await readable(random, l1, 20)
  const t0 = Date.now()
  const steps = Array.from({ length: 2000 }, () => edgeStep(random, r))
  const t1 = Date.now()
  const answers = await l1.ask(steps.map((s) => s.witness))
  console.log(t1 - t0, Date.now() - t1)
  const st: Record<string, number> = {}
  let bad = 0
  answers.forEach((a, i) => {
    const { next, opcode, witness } = steps[i]!
    st[next.status] = (st[next.status] ?? 0) + 1
    if (!('next' in a) || a.next !== stateHash(next)) {
      if (bad++ < 5) console.log(opcode.toString(16), a, stateHash(next), next, witness.state, witness.proof.length)
    }
  })
  console.log(st, bad)
  expect(bad).toBe(0)
}, 600_000)

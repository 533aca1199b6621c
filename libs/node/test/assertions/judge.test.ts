import { describe, expect, test } from '@jest/globals'
import { isUp, judge, shouldResolve } from '../../src/assertions/judge.js'

const word = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const assertion = { batchAcc: word(1), outputRoot: word(2) }

test.each([
  { what: 'a batch that is not derived', own: undefined, verdict: 'unknown' },
  { what: 'another batch', own: { acc: word(9), outputRoot: word(2) }, verdict: 'unknown' },
  { what: 'the same root', own: { acc: word(1), outputRoot: word(2) }, verdict: 'right' },
  { what: 'another root', own: { acc: word(1), outputRoot: word(3) }, verdict: 'wrong' },
])('beside $what an assertion is $verdict', ({ own, verdict }) => {
  expect(judge(assertion, own)).toBe(verdict)
})

describe('an assertion is settled', () => {
  test.each([
    { decision: undefined, isRight: true, settled: false },
    { decision: 'accepted', isRight: true, settled: true },
    { decision: 'accepted', isRight: false, settled: false },
    { decision: 'rejected', isRight: true, settled: true },
    { decision: 'rejected', isRight: false, settled: true },
  ] as const)('decision $decision, right $isRight: $settled', ({ decision, isRight, settled }) => {
    expect(shouldResolve(decision, isRight)).toBe(settled)
  })
})

test.each([
  { status: 'pending', at: 99n, up: false },
  { status: 'pending', at: 100n, up: true },
  { status: 'disputed', at: 0n, up: true },
  { status: 'accepted', at: 0n, up: true },
] as const)('an assertion that is $status is looked at: $up', ({ status, at, up }) => {
  expect(isUp({ status, challengeDeadline: 100n }, at)).toBe(up)
})

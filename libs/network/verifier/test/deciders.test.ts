import { describe, expect, test } from '@jest/globals'
import { outputHistory, type Address, type Hash } from '@animechain/core'
import { concat, keccak256 } from 'viem'
import {
  TURN_MS,
  decideDiligence,
  decideSettlement,
  historyPath,
  longestRun,
  turnOf,
  type DiligenceEpoch,
  type DiligenceState,
} from '../src/index.js'
import { hash } from './world.js'

const account = (name: string): Address => hash(name).slice(0, 42) as Address

describe('turns', () => {
  const keys = ['a', 'b', 'c', 'd', 'e'].map(account)

  test('are a permutation of the members, another one for each thing', () => {
    const orders = ['one', 'two', 'three'].map((thing) => keys.map((key) => turnOf(key, keys, hash(thing))))
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4])
    expect(new Set(orders.map(String)).size).toBe(3)
    expect(turnOf(account('stranger'), keys, hash('one'))).toBeLessThanOrEqual(5)
  })

  test('a right certificate is settled in turns, a wrong one at once', () => {
    const certificate = { id: hash('id'), batchIndex: 1n, batchAcc: hash('acc'), outputRoot: hash('root') }
    const decided = (root: string) => ({ game: account('game'), outputRoot: hash(root), since: 1_000 })
    const due = (root: string | undefined, turn: number, now: number) =>
      decideSettlement(certificate, root === undefined ? undefined : decided(root), { turn, now }).is
    expect(due(undefined, 0, 1_000)).toBe('wait')
    expect(due('root', 0, 1_000)).toBe('release')
    expect(due('root', 2, 1_000 + 2 * TURN_MS - 1)).toBe('wait')
    expect(due('root', 2, 1_000 + 2 * TURN_MS)).toBe('release')
    expect(due('another', 4, 1_000)).toBe('refill')
  })
})

describe('diligence', () => {
  const [own, other] = [account('own'), account('other')]
  const state = (epoch: bigint, changes: Partial<DiligenceState> = {}): DiligenceState => ({
    ...{ own, mayCheckIn: true, passed: 0.1 },
    now: { number: 100n, timestamp: 1_000n, epoch },
    isJudged: () => true,
    isTurn: () => true,
    ...changes,
  })
  const at = (changes: Partial<DiligenceEpoch> = {}): DiligenceEpoch => ({
    ...{ epoch: 5n, isActive: true, drawBlock: 0n, isDrawn: false, revealUntil: 0n },
    ...{ isClosed: false, pot: 0n, members: [] },
    ...changes,
  })
  const member = (who: Address, status: 'checkedIn' | 'revealed' | 'missed', isDrawn = false) => ({
    ...{ member: who, status, isDrawn },
  })
  const duties = (epoch: DiligenceEpoch, of: DiligenceState) =>
    decideDiligence(of, epoch).map((duty) => ('member' in duty ? `${duty.is} ${duty.member}` : duty.is))

  test.each<[string, DiligenceEpoch, DiligenceState, string[]]>([
    ['nothing in the epoch itself', at(), state(5n), []],
    ['a check-in after it', at(), state(6n), ['checkIn']],
    ['none without weight', at({ isActive: false }), state(6n), []],
    ['none by an account that may not', at(), state(6n, { mayCheckIn: false }), []],
    ['none twice', at({ members: [member(own, 'checkedIn')] }), state(6n), []],
    ['none while something is not judged', at(), state(6n, { isJudged: () => false }), []],
    [
      'one all the same before it is too late',
      at(),
      state(6n, { isJudged: () => false, passed: 0.6 }),
      ['checkIn'],
    ],
    ['a draw is opened', at({ members: [member(other, 'checkedIn')] }), state(7n), ['openDraw']],
    [
      'by whose turn it is',
      at({ members: [member(other, 'checkedIn')] }),
      state(7n, { isTurn: () => false }),
      [],
    ],
    ['it waits for its block', at({ members: [member(own, 'checkedIn')], drawBlock: 100n }), state(7n), []],
    ['and is made', at({ members: [member(own, 'checkedIn')], drawBlock: 99n }), state(7n), ['draw']],
    ['up to epoch e + 8', at({ members: [member(own, 'checkedIn')], pot: 1n }), state(13n), ['openDraw']],
    ['and not later', at({ members: [member(own, 'checkedIn')], pot: 1n }), state(14n), ['close']],
    ['without members there is none', at({ pot: 1n }), state(7n), ['close']],
    [
      'who is drawn answers',
      at({ isDrawn: true, revealUntil: 1_000n, members: [member(own, 'checkedIn', true)] }),
      state(7n),
      ['reveal'],
    ],
    [
      'once',
      at({ isDrawn: true, revealUntil: 1_000n, members: [member(own, 'revealed', true)] }),
      state(7n),
      [],
    ],
    [
      'who did not answer pays, then the rest is shared',
      at({
        ...{ isDrawn: true, revealUntil: 999n, pot: 1n },
        members: [member(own, 'checkedIn', true), member(other, 'checkedIn', true)],
      }),
      state(7n),
      [`missed ${other}`, 'close'],
    ],
    [
      'so does who has nothing to answer with',
      at({
        ...{ isDrawn: true, revealUntil: 999n },
        members: [member(other, 'revealed', true)],
        absent: [
          { member: own, key: own },
          { member: account('away'), key: account('key') },
        ],
      }),
      state(7n),
      [`missed ${account('away')}`],
    ],
    [
      'nothing once it is closed',
      at({ isDrawn: true, revealUntil: 999n, isClosed: true, pot: 1n }),
      state(7n),
      [],
    ],
  ])('%s', (_name, epoch, of, expected) => {
    expect(duties(epoch, of)).toEqual(expected)
  })

  test('a check-in has the longest run of batches without a gap', () => {
    const batches = (...indices: number[]) => indices.map((index) => ({ batchIndex: BigInt(index) }))
    expect(longestRun(batches(7, 1, 2, 6, 5), 1n)).toEqual(batches(5, 6, 7))
    expect(longestRun(batches(2, 4, 6, 7), 2n)).toEqual(batches(2, 4, 6))
    expect(longestRun(batches(3, 9), 1n)).toEqual(batches(3))
    expect(longestRun([], 1n)).toEqual([])
  })

  test('a path leads from each block to the history', () => {
    for (const count of [1, 2, 3, 7, 8]) {
      const roots = Array.from({ length: count }, (_, i) => hash(`root ${i}`))
      const { history, proof } = outputHistory(roots, 3)
      for (const [index, root] of roots.entries()) {
        const path = historyPath(roots, 3, index)
        const top = path.reduce<Hash>(
          (node, sibling, i) => keccak256(concat((index >> i) & 1 ? [sibling, node] : [node, sibling])),
          root,
        )
        expect([index, top, path.length]).toEqual([index, history, 3])
      }
      expect(proof).toHaveLength(3)
    }
    expect(() => historyPath([hash('root')], 3, 1)).toThrow('index of a block')
  })
})

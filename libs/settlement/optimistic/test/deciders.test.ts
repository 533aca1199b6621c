import { describe, expect, test } from '@jest/globals'
import { emptyAccumulator, type Hash } from '@animechain/core'
import type { L1Header } from '@animechain/l1'
import { HttpRequestError, RpcRequestError, TimeoutError, type Account } from 'viem'
import { statusOf } from '../src/assertionReads.js'
import { nextFinality } from '../src/finality.js'
import { difference, slotsOf, type InboxState } from '../src/inboxReads.js'
import { beginning, expectPlace, expectWhole, isTooMuch, remember, type Places } from '../src/logScan.js'
import { labelsOf } from '../src/records.js'
import { accountFor } from '../src/submitter.js'

const hash = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`

describe('finality', () => {
  const header = (number: number, branch = 0): L1Header => ({
    number: BigInt(number),
    hash: hash(number + 1_000 * branch),
    parentHash: hash(number - 1),
    timestamp: BigInt(number),
    stateRoot: emptyAccumulator,
  })
  const head = header(100)
  /** L1's chain up to the head, on the first branch. */
  const at = (number: bigint) => header(Number(number))
  const next = (finality: Parameters<typeof nextFinality>[0], named: L1Header, now = 0) =>
    nextFinality(finality, { named, head, at, now })

  test('goes up, and stays where an older block is named for a while', () => {
    const first = next({}, header(50))
    expect(first).toEqual({ final: header(50) })
    expect(next(first, header(60)).final).toEqual(header(60))
    const older = next(first, header(40), 1_000)
    expect(older).toEqual({ final: header(50), olderSince: 1_000 })
    expect(next(older, header(40), 21_000)).toEqual(older)
    expect(() => next(older, header(40), 21_001)).toThrow('as final block: it names 40')
    expect(next(older, header(50), 21_001)).toEqual({ final: header(50) })
  })

  test('is below the head and in its chain', () => {
    expect(() => next({}, header(101))).toThrow('above its newest block 100')
    expect(() => next({}, header(50, 1))).toThrow('among the ancestors')
  })

  test('follows L1 where that left the final block', () => {
    expect(next({ final: header(50, 1) }, header(40)).final).toEqual(header(40))
  })
})

describe('the state of the inbox against its storage', () => {
  const state: InboxState = {
    batchCount: 3n,
    depositCount: 9n,
    acc: hash(7),
    lastBlock: 11n,
    lastTimestamp: 12n,
    depositsRead: 8n,
  }
  const packed = 11n | (12n << 64n) | (8n << 128n)

  test.each<[string, Partial<InboxState>, string | undefined]>([
    ['the same', {}, undefined],
    ['batches', { batchCount: 4n }, 'the number of batches'],
    ['deposits', { depositCount: 10n }, 'the number of deposits'],
    ['accumulator', { acc: hash(8) }, 'the accumulator of the batches'],
    ['block', { lastBlock: 12n }, 'the last block'],
    ['time', { lastTimestamp: 11n }, 'the last timestamp'],
    ['deposits read', { depositsRead: 7n }, 'the number of deposits read'],
  ])('%s', (_what, change, what) =>
    expect(difference({ ...state, ...change }, [3n, 9n, 7n, packed])?.what).toBe(what),
  )

  test('without batches there are no words of the newest', () => {
    expect(slotsOf(0n)).toHaveLength(2)
    expect(slotsOf(1n)).toHaveLength(4)
    expect(difference({ ...state, batchCount: 0n }, [0n, 9n])).toBeUndefined()
  })
})

describe('where records are looked for', () => {
  const places = (): Places => ({ checkpoints: new Map() })

  test('from the nearest final place at or before them', () => {
    const known = places()
    expect(beginning(known, 5n, 100n)).toBe(100n)
    remember(known, 0n, 110n, 200n)
    remember(known, 128n, 150n, 200n)
    remember(known, 130n, 160n, 200n)
    // Not final.
    remember(known, 256n, 201n, 200n)
    expect([0n, 127n, 128n, 129n, 130n, 300n].map((index) => beginning(known, index, 100n))).toEqual([
      ...[110n, 110n, 150n, 150n, 160n, 160n],
    ])
  })

  const log = (index: number, block = 5n) => ({
    args: { index: BigInt(index), context: { number: block } },
    blockNumber: block,
    blockHash: hash(Number(block)),
  })

  test('a log stands where it says, in L1 as it is known', () => {
    const here = () => hash(5)
    expect(() => expectPlace('batch', log(1), here)).not.toThrow()
    expect(() => expectPlace('batch', log(1), () => undefined)).not.toThrow()
    expect(() => expectPlace('batch', log(1), () => hash(6))).toThrow(`batch 1 in ${hash(5)}`)
    expect(() => expectPlace('deposit', { ...log(1), blockNumber: 6n }, here)).toThrow('deposit 1 in block 6')
  })

  test.each<[string, number[], string | undefined]>([
    ['all', [3, 4, 5], undefined],
    ['one is missing', [3, 5], 'batch 4'],
    ['the last is missing', [3, 4], 'batch 5'],
    ['none', [], 'batch 3'],
    ['one twice', [3, 3, 4, 5], 'batch 4'],
  ])('%s', (_what, indices, missing) => {
    const check = () =>
      expectWhole(
        'batch',
        indices.map((index) => log(index)),
        3n,
        6n,
      )
    if (missing === undefined) expect(check).not.toThrow()
    else expect(check).toThrow(missing)
  })

  test.each<[string, Error, boolean]>([
    [
      'a server that says so',
      new RpcRequestError({ body: {}, url: 'http://l1', error: { code: -32_005, message: 'too many' } }),
      true,
    ],
    ['a status of HTTP', new HttpRequestError({ url: 'http://l1', status: 413 }), true],
    ['no connection', new HttpRequestError({ url: 'http://l1' }), false],
    ['no answer in time', new TimeoutError({ body: {}, url: 'http://l1' }), false],
  ])('fewer blocks may help after: %s', (_what, error, expected) => expect(isTooMuch(error)).toBe(expected))
})

describe('labels of deposits', () => {
  const appended = (index: number, kind: number, transaction = index) =>
    ({
      args: { index: BigInt(index), kind },
      transactionHash: hash(transaction),
      blockHash: hash(1),
    }) as never
  const deposited = (transaction: number, logIndex: number) => ({
    transactionHash: hash(transaction),
    blockHash: hash(1),
    logIndex,
  })

  test('are those of the portal, in its order; context entries have none', () => {
    const events = [appended(5, 0), appended(6, 1), appended(7, 0)]
    const label = (logIndex: number) => ({ l1BlockHash: hash(1), logIndex })
    expect(labelsOf(events, [deposited(5, 2), deposited(7, 4)], '1 to 2')).toEqual([
      [5n, label(2)],
      [7n, label(4)],
    ])
    expect(() => labelsOf(events, [deposited(5, 2)], '1 to 2')).toThrow('deposits of blocks 1 to 2')
    expect(() => labelsOf(events, [deposited(5, 2), deposited(8, 4)], '1 to 2')).toThrow('deposit 7')
  })
})

describe('roles', () => {
  const [batcher, proposer, challenger] = ['a', 'b', 'c'].map(
    (address) => ({ address }) as unknown as Account,
  )

  test.each([
    [{ batcher, proposer, challenger }, ['a', 'b', 'c', 'a', 'b']],
    [{ batcher }, ['a', undefined, undefined, 'a', 'a']],
    [{ challenger }, [undefined, undefined, 'c', 'c', 'c']],
    [{ proposer, challenger }, [undefined, 'b', 'c', 'b', 'b']],
    [{}, [undefined, undefined, undefined, undefined, undefined]],
  ])('keys %o', (accounts, expected) => {
    const roles = ['batcher', 'proposer', 'challenger', 'any', 'bonds'] as const
    expect(roles.map((role) => accountFor(accounts as never, role)?.address)).toEqual(expected)
  })

  test.each([
    [0, 0, 'pending'],
    [0, 1_700_000_000, 'disputed'],
    [1, 1_700_000_000, 'rejected'],
    [2, 0, 'accepted'],
  ] as const)('an assertion in status %s, with a rival since %s, is %s', (status, since, expected) =>
    expect(statusOf(status, since)).toBe(expected),
  )
})

import { describe, expect, test } from '@jest/globals'
import { BaseError, equalBytes, predeploys } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { HttpRequestError, keccak256, toHex, type Address, type Hex } from 'viem'
import { decodeCursor, encodeCursor } from '../src/discovery.js'
import { ledger } from '../src/ledger.js'
import {
  accountOf,
  afterFailure,
  afterSuccess,
  inTurn,
  isDone,
  isOpen,
  isRefusal,
  isRested,
  isWithoutRoom,
  ownersOf,
  reasonForRoom,
  reasonToLeave,
  reasonToWait,
  withPossible,
} from '../src/policy.js'
import { route, type RouteRequest } from '../src/routes.js'
import type { WithdrawalTransfer } from '../src/transfers.js'

const address = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const id = (n: number): Hex => keccak256(toHex(n))

const transfer = (n = 1, change: Partial<WithdrawalTransfer> = {}): WithdrawalTransfer => ({
  direction: 'withdraw',
  id: id(n),
  status: 'readyToProve',
  l2TransactionHash: id(n + 1_000),
  l2BlockNumber: 5n,
  logIndex: 0,
  account: address(n),
  withdrawal: {
    nonce: BigInt(n),
    sender: address(0xaa),
    target: address(0xbb),
    value: 1n,
    gasLimit: 100_000n,
    data: '0x',
    withdrawalHash: id(n),
  },
  failures: 0,
  ...change,
})

describe('what the relayer takes on', () => {
  const { withdrawal } = transfer()
  const limits = { barred: new Set([address(0xcc)]), maxGas: 200_000n }

  test.each<[string, Partial<typeof withdrawal>, RegExp | undefined]>([
    ['a usual one', {}, undefined],
    ['the most gas', { gasLimit: 200_000n }, undefined],
    ['more', { gasLimit: 200_001n }, /200001 gas on L1, the relayer gives 200000/],
    ['gas for its data', { gasLimit: 199_961n, data: '0x00' }, /200001/],
    ['one to the portal', { target: address(0xcc) }, /neither itself nor its inbox/],
  ])('%s', (_what, change, reason) => {
    const found = reasonToLeave({ ...withdrawal, ...change }, limits)
    if (reason) expect(found).toMatch(reason)
    else expect(found).toBeUndefined()
  })

  test('room is shared out, and its want can end', () => {
    const bounds = { maxOpen: 100, maxOpenPerAccount: 5 }
    expect(reasonForRoom({ own: 4, inAll: 10 }, bounds)).toBeUndefined()
    const reason = reasonForRoom({ own: 5, inAll: 10 }, bounds)!
    expect(reason).toMatch(/5 of its account are open, 10 in all/)
    expect(reasonForRoom({ own: 0, inAll: 100 }, bounds)).toBeDefined()
    expect(isWithoutRoom(transfer(1, { leftToOthers: reason }))).toBe(true)
    expect(isWithoutRoom(transfer(1, { leftToOthers: 'something else' }))).toBe(false)
    expect(isWithoutRoom(transfer())).toBe(false)
  })
})

describe('when a step is taken', () => {
  test.each<[string, number | undefined, number, RegExp | undefined]>([
    ['just possible', undefined, 1_000, /for 60 s/],
    ['in its grace', 1_000, 31_001, /for 30 s/],
    ['after it', 1_000, 61_000, undefined],
    ['with a clock that was set back', 5_000, 1_000, undefined],
  ])('%s', (_what, possibleSince, now, reason) => {
    const found = reasonToWait(transfer(1, possibleSince === undefined ? {} : { possibleSince }), now, 60_000)
    if (reason) expect(found).toMatch(reason)
    else expect(found).toBeUndefined()
  })

  test.each<[string, Partial<WithdrawalTransfer>, boolean]>([
    ['without a failure', {}, true],
    ['in the pause', { failures: 1, nextTryAt: 11_000 }, false],
    ['at its end', { failures: 1, nextTryAt: 10_000 }, true],
    ['with a clock that was set back further than a pause', { failures: 1, nextTryAt: 1_000_000 }, true],
  ])('it is tried %s: %o', (_what, change, expected) =>
    expect(isRested(transfer(1, change), 10_000)).toBe(expected),
  )

  test('it is possible from when it was first seen so in this state', () => {
    const before = transfer(1, { possibleSince: 5 })
    expect(withPossible(transfer(1), before, 9).possibleSince).toBe(9)
    expect(withPossible(before, before, 9).possibleSince).toBe(5)
    const next = { ...before, status: 'readyToFinalize' } as const
    expect(withPossible(next, before, 9).possibleSince).toBe(9)
    expect(withPossible({ ...before, status: 'waitingToFinalize' }, before, 9)).not.toHaveProperty(
      'possibleSince',
    )
  })

  test('those first for whose accounts least was done, and none that is done', () => {
    const done = transfer(4, { irreversible: true })
    const left = transfer(5, { leftToOthers: 'too much gas' })
    const used = new Map([
      [address(1), 10],
      [address(2), 3],
    ])
    const order = inTurn([transfer(1), transfer(2), transfer(3), done, left], (by) => used.get(by) ?? 0)
    expect(order.map(accountOf)).toEqual([address(3), address(2), address(1)])
  })
})

describe('what a failure leaves', () => {
  const unreachable = new HttpRequestError({ url: 'http://l1' })
  const refused = new BaseError('The prove transaction reverted.', { code: 'BRIDGE_STEP_REVERTED' })

  test('a chain that cannot be reached is no refusal', () => {
    expect([isRefusal(unreachable), isRefusal(refused), isRefusal(new Error('x'))]).toEqual([
      false,
      true,
      false,
    ])
    const failed = afterFailure(transfer(1, { refusals: 11, failures: 11 }), unreachable, 1_000)
    expect(failed).toMatchObject({ failures: 12, refusals: 11 })
    expect(failed.leftToOthers).toBeUndefined()
  })

  test('the twelfth refusal is the last', () => {
    const failed = afterFailure(transfer(1, { refusals: 11, failures: 11 }), refused, 1_000)
    expect(failed.leftToOthers).toMatch(/given up after 12 refusals: The prove transaction/)
    expect(failed.nextTryAt).toBeGreaterThan(1_000)
  })

  test('a success forgets it', () => {
    expect(afterSuccess(afterFailure(transfer(), refused, 1_000))).toEqual(transfer())
  })
})

describe('the ledger', () => {
  test('counts what is open, keeps the newest that are done, and finds the others in the store', async () => {
    const storage = memoryStorage()
    await storage.start()
    const book = ledger(storage, 3)
    for (const n of [1, 2, 3]) await book.save(transfer(n))
    await book.save(transfer(4, { account: address(1) }))
    expect([book.open(), book.open(address(1)), book.open(address(9))]).toEqual([4, 2, 0])
    for (const n of [1, 2]) await book.save(transfer(n, { status: 'finalized', irreversible: true }))
    expect([book.open(), book.open(address(1))]).toEqual([2, 1])
    expect(book.all().map((one) => one.id)).toEqual([2, 3, 4].map(id))
    expect(book.find(id(1))?.irreversible).toBe(true)
    expect(book.find(id(9))).toBeUndefined()

    const next = ledger(storage, 10)
    next.load((stored) => ({ ...stored, leftToOthers: 'a test' }))
    expect(next.all()).toHaveLength(4)
    expect(next.open()).toBe(0)
  })

  test('what changes by itself is not written', async () => {
    const storage = memoryStorage()
    await storage.start()
    const book = ledger(storage, 3)
    await book.save(transfer(1))
    const [[, before]] = [...storage.iterate({})] as [[Uint8Array, Uint8Array]]
    await book.save(transfer(1, { secondsToNextStep: 7, waitsFor: 'its owner' }))
    const [[, after]] = [...storage.iterate({})] as [[Uint8Array, Uint8Array]]
    expect(equalBytes(before, after)).toBe(true)
    expect(book.find(id(1))?.secondsToNextStep).toBe(7)
  })

  test.each<[Partial<WithdrawalTransfer>, boolean, boolean]>([
    [{}, true, false],
    [{ status: 'finalized' }, false, false],
    [{ status: 'finalized', irreversible: true }, false, true],
    [{ leftToOthers: 'no room' }, false, true],
  ])('%o is open: %s, done: %s', (change, open, done) => {
    expect([isOpen(transfer(1, change)), isDone(transfer(1, change))]).toEqual([open, done])
  })

  test('whose it is', () => {
    const { account: _account, ...old } = transfer(1)
    expect(accountOf(old)).toBe(address(0xaa))
    expect(ownersOf(transfer(1))).toEqual([address(1), address(0xaa)])
  })

  test('a cursor comes back, with and without a hash', () => {
    const cursor = { number: 12n, hash: id(1) }
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor)
    expect(decodeCursor(new TextEncoder().encode('12'))).toEqual({ number: 12n })
    expect(decodeCursor(undefined)).toEqual({ number: 0n })
  })
})

describe('routes', () => {
  const addresses = {
    portal: address(1),
    l1StandardBridge: address(2),
    l1Erc721Bridge: address(3),
    l1Erc1155Bridge: address(4),
  }
  const tokens = { l1Token: address(5), l2Token: address(6) }
  const of = (request: Partial<RouteRequest>) =>
    route(addresses, { direction: 'deposit', asset: { type: 'eth' }, to: address(9), amount: 1n, ...request })

  test.each<[string, Partial<RouteRequest>, [chain: string, to: Address, value: bigint][]]>([
    ['eth in', {}, [['l1', address(1), 1n]]],
    ['eth out', { direction: 'withdraw' }, [['l2', predeploys.l2ToL1MessagePasser, 1n]]],
    [
      'erc20 in',
      { asset: { type: 'erc20', ...tokens } },
      [
        ['l1', address(5), 0n],
        ['l1', address(2), 0n],
      ],
    ],
    [
      'erc20 out',
      { asset: { type: 'erc20', ...tokens }, direction: 'withdraw' },
      [['l2', predeploys.l2StandardBridge, 0n]],
    ],
    [
      'erc721 in',
      { asset: { type: 'erc721', ...tokens }, tokenId: 3n },
      [
        ['l1', address(5), 0n],
        ['l1', address(3), 0n],
      ],
    ],
    [
      'erc721 out',
      { asset: { type: 'erc721', ...tokens }, tokenId: 3n, direction: 'withdraw' },
      [['l2', predeploys.l2Erc721Bridge, 0n]],
    ],
    [
      'erc1155 in',
      { asset: { type: 'erc1155', ...tokens }, tokenId: 3n, amount: 7n },
      [
        ['l1', address(5), 0n],
        ['l1', address(4), 0n],
      ],
    ],
    [
      'erc1155 out',
      { asset: { type: 'erc1155', ...tokens }, tokenId: 3n, amount: 7n, direction: 'withdraw' },
      [['l2', predeploys.l2Erc1155Bridge, 0n]],
    ],
  ])('%s', (_what, request, steps) =>
    expect(of(request).map(({ chain, to, value }) => [chain, to, value])).toEqual(steps),
  )

  test.each<[string, Partial<RouteRequest>]>([
    ['nothing', { amount: 0n }],
    ['no receiver', { to: '0x12' }],
    ['too little gas', { minGasLimit: 20_999 }],
    ['too much', { minGasLimit: 10_000_001 }],
    ['part of it', { minGasLimit: 21_000.5 }],
  ])('%s is refused', (_what, request) =>
    expect(() => of(request)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' })),
  )
})

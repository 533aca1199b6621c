import { describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  depositorAccount,
  predeploys,
  type BatchBody,
  type DepositEntry,
  type DepositLabel,
  type L1Context,
} from '@animechain/core'
import { decodeDeposit } from '@animechain/tx'
import fc from 'fast-check'
import { getL2TransactionHash } from 'viem/op-stack'
import { encodePacked, keccak256 } from 'viem'
import {
  attributesDeposit,
  buildBlockInput,
  deriveBatch,
  fallbackLabel,
  userDeposit,
  type ParentBlock,
} from '../src/index.js'

const parent: ParentBlock = {
  number: 10n,
  timestamp: 1_000n,
  gasLimit: 30_000_000n,
  prevRandao: `0x${'aa'.repeat(32)}`,
}
const context = (n: number): L1Context => ({
  number: BigInt(n),
  timestamp: 900n + BigInt(n),
  baseFee: 7n,
  blobBaseFee: 1n,
  parentHash: `0x${n.toString(16).padStart(64, '0')}`,
  gasLimit: 20_000_000n,
  baseFeeScalar: 500_000,
  blobBaseFeeScalar: 0,
})
const opaque = (mint: bigint, value: bigint, gas: bigint, creation: boolean, data = '0x' as `0x${string}`) =>
  encodePacked(['uint256', 'uint256', 'uint64', 'bool', 'bytes'], [mint, value, gas, creation, data])
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
const entry = (index: number, kind: 0 | 1): DepositEntry => ({
  index: BigInt(index),
  kind,
  from: `0x${'11'.repeat(20)}`,
  to: `0x${'22'.repeat(20)}`,
  opaqueData: kind === 0 ? bytes(opaque(5n, 3n, 100_000n, false, '0x1234')) : new Uint8Array(),
  context: context(index + 1),
  acc: `0x${'00'.repeat(32)}`,
})
const label = (n: number): DepositLabel => ({ l1BlockHash: `0x${'bb'.repeat(32)}`, logIndex: n })
const body = (blocks: BatchBody['blocks'], labels: DepositLabel[] = []) => ({
  ok: true as const,
  body: { blocks, labels },
})
const header = (blockCount: number, lastTimestamp: bigint, read = 0n) => ({
  firstBlock: 11n,
  blockCount,
  depositsReadAfter: read,
  lastTimestamp,
})

describe('a valid body', () => {
  const entries = [entry(0, 1), entry(1, 0), entry(2, 0)]
  const derived = deriveBatch({
    header: header(3, 1_006n, 3n),
    body: body(
      [
        { timestampDelta: 1, depositCount: 2, transactions: [Uint8Array.of(1)] },
        { timestampDelta: 2, depositCount: 0, transactions: [] },
        { timestampDelta: 3, depositCount: 1, transactions: [Uint8Array.of(2), Uint8Array.of(3)] },
      ],
      [label(4), label(9)],
    ),
    entries,
    parent,
  })

  test('makes its blocks, numbered and dated in order', () => {
    expect(derived.fallback).toBeUndefined()
    expect(derived.blocks.map((b) => [b.number, b.timestamp])).toEqual([
      [11n, 1_001n],
      [12n, 1_003n],
      [13n, 1_006n],
    ])
  })

  test('puts the attributes first, then deposits, then user transactions', () => {
    const [first, second, third] = derived.blocks
    expect(first!.transactions.map((raw) => raw[0])).toEqual([0x7e, 0x7e, 1])
    expect(decodeDeposit(first!.transactions[0]!).from).toBe(depositorAccount)
    expect(second!.transactions).toEqual([])
    expect(third!.transactions.map((raw) => raw[0])).toEqual([0x7e, 0x7e, 2, 3])
  })

  test('takes gas limit and randomness from the last entry read, else from the parent', () => {
    expect(derived.blocks.map((b) => b.gasLimit)).toEqual([20_000_000n, 20_000_000n, 20_000_000n])
    expect(derived.blocks.map((b) => b.prevRandao)).toEqual([
      context(2).parentHash,
      context(2).parentHash,
      context(3).parentHash,
    ])
    const quiet = buildBlockInput({ parent, timestamp: 1_001n, entries: [], labels: [], transactions: [] })
    expect([quiet.gasLimit, quiet.prevRandao]).toEqual([parent.gasLimit, parent.prevRandao])
    expect(quiet.beneficiary).toBe(predeploys.sequencerFeeVault)
  })
})

describe('the last block', () => {
  const entries = [entry(5, 0), entry(6, 1), entry(7, 0)]

  test("takes its time and the entries that are left from the header, so that a forced batch's body can be made before", () => {
    const { blocks, fallback, labels } = deriveBatch({
      header: header(1, 5_000n, 3n),
      body: body([{ timestampDelta: 1, depositCount: 0, transactions: [] }], [label(1)]),
      entries,
      parent,
    })
    expect(fallback).toBeUndefined()
    expect(blocks[0]!.timestamp).toBe(5_000n)
    // A deposit that came after the body was made has the fallback's label.
    expect(labels).toEqual([label(1), fallbackLabel(entries[2]!)])
    expect(blocks[0]!.transactions).toEqual([
      attributesDeposit(entries[2]!),
      userDeposit(entries[0]!, label(1)),
      userDeposit(entries[2]!, fallbackLabel(entries[2]!)),
    ])
  })
})

describe('the fallback', () => {
  const entries = [entry(5, 0), entry(6, 1), entry(7, 0)]
  const last = { timestampDelta: 1, depositCount: 0, transactions: [Uint8Array.of(1)] }
  const first = { timestampDelta: 4, depositCount: 3, transactions: [Uint8Array.of(1)] }
  test.each([
    ['a body that does not decode', { ok: false as const, reason: 'zip bomb' }, /zip bomb/],
    ['too few blocks', body([last]), /announces 2 blocks, the body has 1/],
    ['too many blocks', body([first, last, last]), /the body has 3/],
    [
      'time standing still',
      body([{ ...first, timestampDelta: 0 }, last]),
      /block 0 of the body advances the time by 0/,
    ],
    [
      'time beyond the last timestamp',
      body([{ ...first, timestampDelta: 5 }, last]),
      /last timestamp is 1005, the body is at 1005/,
    ],
    ['a negative number of deposits', body([{ ...first, depositCount: -1 }, last]), /reads -1 entries/],
    ['too many deposits', body([{ ...first, depositCount: 4 }, last]), /the body 4/],
    ['a label too many', body([first, last], [label(1), label(2), label(3)]), /labels 3/],
  ])('%s derives as empty blocks with the deposits first', (_name, given, reason) => {
    const { blocks, fallback, labels } = deriveBatch({
      header: header(2, 1_005n, 3n),
      body: given,
      entries,
      parent,
    })
    expect(fallback).toMatch(reason)
    expect(blocks.map((b) => b.timestamp)).toEqual([1_001n, 1_005n])
    expect(blocks[0]!.transactions).toEqual([
      attributesDeposit(entries[2]!),
      userDeposit(entries[0]!, fallbackLabel(entries[0]!)),
      userDeposit(entries[2]!, fallbackLabel(entries[2]!)),
    ])
    expect(blocks[1]!.transactions).toEqual([])
    expect(labels).toEqual([fallbackLabel(entries[0]!), fallbackLabel(entries[2]!)])
  })

  test("several blocks are a second apart, the last has the header's timestamp", () => {
    const { blocks } = deriveBatch({
      header: header(3, 2_000n),
      body: { ok: false, reason: 'x' },
      entries: [],
      parent,
    })
    expect(blocks.map((b) => b.timestamp)).toEqual([1_001n, 1_002n, 2_000n])
  })
})

test('whatever the body says, the header decides the number of blocks, the last timestamp and the deposits', () => {
  const block = fc.record({
    timestampDelta: fc.integer({ min: -2, max: 4 }),
    depositCount: fc.integer({ min: -1, max: 3 }),
    transactions: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 2 }),
  })
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.constantFrom<0 | 1>(0, 1), { maxLength: 4 }),
      fc.nat(4),
      (blocks, count, extra, kinds, labels) => {
        const entries = kinds.map((kind, i) => entry(i, kind))
        const last = parent.timestamp + BigInt(count + extra)
        const derived = deriveBatch({
          header: header(count, last),
          body: body(
            blocks,
            Array.from({ length: labels }, (_, i) => label(i)),
          ),
          entries,
          parent,
        })
        expect(derived.blocks).toHaveLength(count)
        expect(derived.blocks.at(-1)!.timestamp).toBe(last)
        let time = parent.timestamp
        for (const [i, b] of derived.blocks.entries()) {
          expect(b.number).toBe(parent.number + BigInt(i + 1))
          expect(b.timestamp > time).toBe(true)
          time = b.timestamp
        }
        const deposits = derived.blocks.flatMap((b) =>
          b.transactions.filter((raw) => raw[0] === 0x7e && decodeDepositFrom(raw) !== depositorAccount),
        )
        expect(deposits.length).toBe(kinds.filter((kind) => kind === 0).length)
      },
    ),
  )
})

function decodeDepositFrom(raw: Uint8Array) {
  try {
    return decodeDeposit(raw).from
  } catch {
    return depositorAccount
  }
}

describe('deposit transactions', () => {
  test('have the hash that viem computes from the L1 log', () => {
    for (const [mint, value, creation, data] of [
      [0n, 0n, false, '0x'],
      [5n, 3n, false, '0x1234'],
      [0n, 0n, true, '0x6001'],
    ] as const) {
      const opaqueData = opaque(mint, value, 100_000n, creation, data)
      const from = `0x${'11'.repeat(20)}` as const
      const to = `0x${(creation ? '00' : '22').repeat(20)}` as const
      const log = {
        blockHash: label(7).l1BlockHash,
        logIndex: 7,
        args: { from, to, version: 0n, opaqueData },
      }
      expect(keccak256(bytesToHex(userDeposit({ from, to, opaqueData: bytes(opaqueData) }, label(7))))).toBe(
        getL2TransactionHash({ log } as never),
      )
    }
  })

  test('are total on opaque data that the portal would never write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (opaqueData) => {
        const decoded = decodeDeposit(userDeposit({ ...entry(0, 0), opaqueData }, label(1)))
        expect(decoded.data).toHaveLength(Math.max(0, opaqueData.length - 73))
      }),
    )
  })
})

describe('transactions of the deposit type in a batch', () => {
  test('never reach the engine, which would take them for deposits', () => {
    const forged = userDeposit(entry(0, 0), label(0))
    const honest = Uint8Array.of(2, 0xc0)
    const parts = { parent, timestamp: 1_001n, labels: [label(1)], transactions: [forged, honest, forged] }
    const alone = buildBlockInput({ ...parts, entries: [], labels: [] })
    expect(alone.transactions).toEqual([honest])
    const after = buildBlockInput({ ...parts, entries: [entry(1, 0)] })
    expect(after.transactions.map((raw) => raw[0])).toEqual([0x7e, 0x7e, 2])
  })
})

import { describe, expect, test } from '@jest/globals'
import { emptyAccumulator, type Hex } from '@animechain/core'
import {
  concatHex,
  encodeFunctionData,
  numberToHex,
  parseAbi,
  parseGwei,
  toFunctionSelector,
  zeroHash,
} from 'viem'
import { isRpcError, matched, resultOf, type RpcCall } from '../src/answers.js'
import { boundedBody } from '../src/boundedBody.js'
import { brokenLink, brokenTime, parts } from '../src/branch.js'
import { calldataCommitment, committedIn, inboxEvidence, isCalldataCommitment } from '../src/calldata.js'
import { putOnce, putResult } from '../src/daPosting.js'
import { gasLimit, isTooHigh, MIN_TIP, offer, outbidding } from '../src/fees.js'
import type { L1Header } from '../src/header.js'

const gwei = (value: number) => parseGwei(String(value))

describe('fees', () => {
  const market = { baseFee: gwei(10), blobBaseFee: gwei(2) }

  test('twice what L1 asks, with the least tip', () => {
    expect(offer(market, {})).toEqual({ tip: MIN_TIP, fee: gwei(21), blobFee: gwei(5) })
  })

  test.each<[string, bigint, bigint]>([
    ['a ceiling above', gwei(30), gwei(21)],
    ['a ceiling below', gwei(15), gwei(15)],
    ['one below the tip', 5n, 5n],
  ])('%s', (_what, maxFeePerGas, fee) => {
    const offered = offer(market, { maxFeePerGas, maxFeePerBlobGas: 7n })
    expect(offered).toEqual({ tip: fee < MIN_TIP ? fee : MIN_TIP, fee, blobFee: 7n })
  })

  test('it outbids a quarter at least, with blobs by doubling, and not for ever', () => {
    const before = offer(market, {})
    expect(outbidding(before, false)).toEqual({
      tip: gwei(1.25) + 1n,
      fee: gwei(26.25) + 1n,
      blobFee: gwei(6.25) + 1n,
    })
    expect(outbidding(before, true).fee).toBe(gwei(42) + 1n)
    const next = offer(market, {}, outbidding(before, false))
    expect(next.fee).toBe(gwei(26.25) + 1n)
    let fees = before
    for (let i = 0; i < 50; i++) fees = offer(market, {}, outbidding(fees, true))
    // Five times what L1 asks; of blobs 100 gwei, which is more.
    expect(fees).toEqual({ tip: gwei(105), fee: gwei(105), blobFee: gwei(100) })
  })

  test.each([
    [{}, true, false],
    [{ maxFeePerGas: gwei(10) }, true, false],
    [{ maxFeePerGas: gwei(10) - 1n }, false, true],
    [{ maxFeePerBlobGas: gwei(2) - 1n }, false, false],
    [{ maxFeePerBlobGas: gwei(2) - 1n }, true, true],
  ])('the ceiling %o, with blobs %s, is too low: %s', (ceiling, hasBlobs, expected) =>
    expect(isTooHigh(market, ceiling, hasBlobs)).toBe(expected),
  )

  test('a fifth and two storage slots above the estimate', () => expect(gasLimit(100_000n)).toBe(180_000n))
  test('but not less than what is asked for', () => {
    expect(gasLimit(100_000n, 180_001n)).toBe(180_001n)
    expect(gasLimit(100_000n, 1n)).toBe(180_000n)
  })
})

describe('answers of JSON-RPC', () => {
  const call = (id: number): RpcCall => ({ jsonrpc: '2.0', id, method: 'eth_call', params: [] })
  const server = { url: 'http://l1', shown: 'http://l1' }

  test('are matched by id, in any order', () => {
    const answers = [
      { id: 2, result: 'b' },
      { id: 1, result: 'a' },
    ]
    expect(matched([call(1), call(2)], answers, 'l1').map((one) => one!.result)).toEqual(['a', 'b'])
    expect(matched([call(1)], { id: 1, result: 'a' }, 'l1')).toHaveLength(1)
  })

  test.each([[[{ id: 1 }]], [[{ id: 1 }, { id: 3 }]], [[{ id: 1 }, { id: 2 }, { id: 2 }]], [null], [[]]])(
    '%j is no answer to two calls',
    (answer) => expect(() => matched([call(1), call(2)], answer, 'l1')).toThrow('answers wrongly'),
  )

  test('an error without an id is of all', () => {
    const error = { id: null, error: { message: 'too many' } }
    expect(matched([call(1), call(2)], error, 'l1')).toEqual([error, error])
    expect(() => resultOf(call(1), error, server)).toThrow('too many')
    expect([isRpcError(error), isRpcError({}), isRpcError(undefined)]).toEqual([true, false, false])
  })

  test('null is a result, none is not', () => {
    expect(resultOf(call(1), { id: 1, result: null }, server)).toBeNull()
    expect(() => resultOf(call(1), { id: 1 }, server)).toThrow('expected a result of eth_call, got none')
  })
})

test('a body is read up to its bound', async () => {
  const read = (length: number) =>
    boundedBody(new Response(new Uint8Array(length)), 10, () => new Error('too long'))
  expect(await read(10)).toHaveLength(10)
  await expect(read(11)).rejects.toThrow('too long')
  expect(await boundedBody(new Response(null), 10, () => new Error('too long'))).toHaveLength(0)
})

describe('branches of headers', () => {
  const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
  const header = (number: number, timestamp = number, parent = number - 1): L1Header => ({
    number: BigInt(number),
    hash: hash(number),
    parentHash: hash(parent),
    timestamp: BigInt(timestamp),
    stateRoot: emptyAccumulator,
  })

  test.each<[string, L1Header[], string | undefined]>([
    ['one', [header(5)], undefined],
    ['three that chain', [header(5), header(6), header(7)], undefined],
    ['another parent', [header(5), header(6, 6, 9)], '6 is no child of 5'],
    ['a gap', [header(5), { ...header(7), parentHash: hash(5) }], '7 is no child of 5'],
  ])('%s', (_what, branch, broken) => expect(brokenLink(branch)).toBe(broken))

  test('time does not go back', () => {
    expect(brokenTime(header(4, 9), [header(5, 9), header(6, 9)])).toBeUndefined()
    expect(brokenTime(header(4, 9), [header(5, 8)])).toBe('the time of 5 is before that of its parent')
    expect(brokenTime(header(4, 9), [header(5, 9), header(6, 8)])).toContain('the time of 6')
  })

  test.each<[bigint, bigint, [bigint, bigint][]]>([
    [1n, 0n, []],
    [1n, 1n, [[1n, 1n]]],
    [1n, 3n, [[1n, 3n]]],
    [
      1n,
      7n,
      [
        [1n, 3n],
        [4n, 6n],
        [7n, 7n],
      ],
    ],
  ])('%s to %s in parts of 3', (from, to, expected) => expect(parts(from, to, 3n)).toEqual(expected))
})

describe('the evidence of a batch in the input of its transaction', () => {
  const word = (value: number) => numberToHex(value, { size: 32 })
  const force = toFunctionSelector('forceBatch(bytes32,uint64,bytes32,bytes)')
  const forced = (...evidence: Hex[]) => concatHex([force, zeroHash, word(0), zeroHash, ...evidence])

  // What the inbox accepts; Solidity's decoder reads a length at any offset in the input.
  test.each<[string, Hex, number[] | undefined]>([
    ['as it is usually encoded', forced(word(128), word(3), '0x010203', `0x${'00'.repeat(29)}`), [1, 2, 3]],
    ['no padding', forced(word(128), word(3), '0x010203'), [1, 2, 3]],
    ['an empty body', forced(word(128), word(0)), []],
    ['an empty body whose offset is that of a word of zeros, and nothing behind it', forced(word(32)), []],
    ['a gap', forced(word(133), '0xffffffffff', word(2), '0x0405'), [4, 5]],
    ['more behind it', forced(word(128), word(1), word(7), word(8)), [0]],
    ['another function', concatHex(['0x12345678', zeroHash]), undefined],
    ['nothing', '0x', undefined],
  ])('%s', (_what, input, body) => expect(inboxEvidence(input)).toEqual(body && Uint8Array.from(body)))

  test('of a batch of the batcher', () => {
    const input = encodeFunctionData({
      abi: parseAbi([
        'struct Header { uint64 firstBlock; uint32 blockCount; uint64 depositsReadAfter; uint64 lastTimestamp; }',
        'function appendBatch(Header header, bytes32 parentAcc, bytes32 depositAcc, uint8 daKind, bytes evidence)',
      ]),
      args: [
        { firstBlock: 1n, blockCount: 1, depositsReadAfter: 0n, lastTimestamp: 1n },
        ...([zeroHash, zeroHash, 1, '0x0a0b'] as const),
      ],
    })
    expect(inboxEvidence(input)).toEqual(Uint8Array.of(10, 11))
  })

  test('what fits the commitment: the evidence, the whole input, or nothing', () => {
    const empty = calldataCommitment(new Uint8Array())
    expect(committedIn(forced(word(32)), empty)).toEqual(new Uint8Array())
    expect(committedIn('0x', empty)).toEqual(new Uint8Array())
    expect(committedIn('0x0102', calldataCommitment(Uint8Array.of(1, 2)))).toEqual(Uint8Array.of(1, 2))
    expect(committedIn('0x0102', empty)).toBeUndefined()
  })

  test.each([
    [calldataCommitment(new Uint8Array()), true],
    [new Uint8Array(33), false],
    [Uint8Array.of(1, 2), false],
  ])('%s is a commitment of calldata: %s', (commitment, expected) =>
    expect(isCalldataCommitment(commitment)).toBe(expected),
  )
})

describe('puts of a DA backend', () => {
  const ok = { status: 'ok', commitment: Uint8Array.of(1) } as const

  test('one for each key, and again after a failure', async () => {
    const sent: number[] = []
    const put = putOnce(2, async ([first]) => {
      sent.push(first!)
      return first === 9 ? { status: 'error', error: new Error('no'), retryable: true } : ok
    })
    const of = (first: number, idempotencyKey?: string) =>
      put(Uint8Array.of(first), idempotencyKey === undefined ? {} : { idempotencyKey })
    await Promise.all([of(1, 'a'), of(1, 'a'), of(2), of(2)])
    await of(9, 'b')
    await of(9, 'b')
    expect(sent).toEqual([1, 2, 2, 9, 9])
    expect(await put(new Uint8Array(3))).toEqual({ status: 'tooLarge', maxBytes: 2n })
    expect((await put(new Uint8Array(1), { signal: AbortSignal.abort() })).status).toBe('error')
  })

  test.each([
    [{ status: 'ok', hash: '0x12', blockNumber: 5n, logs: [] } as const, 'ok'],
    [{ status: 'rejected', reason: 'no' } as const, 'error'],
    [{ status: 'feeTooHigh', baseFee: 1n, blobBaseFee: 1n } as const, 'error'],
  ])('%o becomes %s', (outcome, status) => expect(putResult(outcome, ok.commitment).status).toBe(status))
})

import { createRequire } from 'node:module'
import { bytesToHex, concatBytes, hexToBytes, type Address, type BatchBody } from '@animechain/core'
import { encodeDeposit, encodeTransaction, type Transaction } from '@animechain/tx'
import * as fc from 'fast-check'

interface Simple {
  compress(content: Uint8Array, level: number): Uint8Array
  decompress(frame: Uint8Array): Uint8Array
}

/** libzstd, to take frames apart and put them together again. */
export const zstd = await new Promise<Simple>((resolve) => {
  const { ZstdCodec } = createRequire(import.meta.url)('zstd-codec') as {
    ZstdCodec: { run(ready: (binding: { Simple: new () => Simple }) => void): void }
  }
  ZstdCodec.run((binding) => resolve(new binding.Simple()))
})

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const address = fc.oneof(
  fc.constantFrom<Address>(`0x${'11'.repeat(20)}`, `0x${'00'.repeat(20)}`),
  bytes(20).map((b) => bytesToHex(b)),
)
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.tuple(fc.nat(2000), fc.nat(70)).map(([m, e]) => BigInt(m) * 10n ** BigInt(e)),
)
const u64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 300n }))
const word = fc.oneof(
  bytes(32),
  fc.constant(new Uint8Array(32)),
  amount.map((a) => hexToBytes(`0x${a.toString(16).padStart(64, '0')}`)),
  address.map((a) => concatBytes(new Uint8Array(12), hexToBytes(a))),
  fc.uint8Array({ maxLength: 32 }).map((b) => concatBytes(b, new Uint8Array(32 - b.length))),
)
const data = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc
    .tuple(bytes(4), fc.array(word, { maxLength: 12 }), fc.uint8Array({ maxLength: 3 }))
    .map(([selector, words, rest]) => concatBytes(selector, ...words, rest)),
)
const accessList = fc.array(
  fc.record({
    address,
    storageKeys: fc.array(
      word.map((w) => bytesToHex(w)),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
)
const chainId = fc.oneof({ weight: 9, arbitrary: fc.constant(901n) }, { weight: 1, arbitrary: u64 })
const s = fc.bigInt({ min: 0n, max: 2n ** 255n - 1n })
const common = { nonce: u64, gasLimit: u64, value: amount, data, r: amount, s }
const to = fc.option(address, { nil: undefined })
const yParity = fc.constantFrom(0 as const, 1 as const)
const fees = { maxFeePerGas: amount, maxPriorityFeePerGas: amount }
const authorization = fc.record({
  chainId: amount,
  address,
  nonce: u64,
  yParity: fc.nat(255),
  r: amount,
  s: amount,
})
const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  fc
    .record({
      type: fc.constant(0 as const),
      ...common,
      to,
      gasPrice: amount,
      v: fc.oneof(fc.constantFrom(27n, 28n, 1837n, 1838n), u64),
    })
    .map((tx) => ({ ...tx, chainId: undefined })),
  fc.record({ type: fc.constant(1 as const), ...common, to, chainId, gasPrice: amount, accessList, yParity }),
  fc.record({ type: fc.constant(2 as const), ...common, to, chainId, ...fees, accessList, yParity }),
  fc.record({
    type: fc.constant(4 as const),
    ...common,
    to: address,
    chainId,
    ...fees,
    accessList,
    authorizationList: fc.array(authorization, { maxLength: 2 }),
    yParity,
  }),
)
const forgedDeposit = fc.constant(
  encodeDeposit({
    sourceHash: `0x${'01'.repeat(32)}`,
    from: `0x${'02'.repeat(20)}`,
    mint: 10n ** 18n,
    value: 0n,
    gasLimit: 21_000n,
    isSystemTx: false,
    data: new Uint8Array(0),
  }),
)
const raw = fc.oneof(
  { weight: 12, arbitrary: transaction.map(encodeTransaction) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  { weight: 1, arbitrary: forgedDeposit },
)
const label = fc.record({
  l1BlockHash: fc.oneof(
    fc.constant(`0x${'44'.repeat(32)}` as const),
    bytes(32).map((b) => bytesToHex(b)),
  ),
  logIndex: fc.nat(2 ** 31 - 1),
})

/** Bodies with everything in them that the columns know. */
export const batchBody: fc.Arbitrary<BatchBody> = fc.record({
  blocks: fc.array(
    fc.record({
      timestampDelta: fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1)),
      depositCount: fc.oneof(
        { weight: 5, arbitrary: fc.nat(3) },
        { weight: 1, arbitrary: fc.nat(2 ** 32 - 1) },
      ),
      transactions: fc.array(raw, { maxLength: 8 }),
    }),
    { maxLength: 5 },
  ),
  labels: fc.array(label, { maxLength: 4 }),
})

/** A body's frame content and what stands behind it. */
export function takeApart(body: Uint8Array): { content: Uint8Array; tail: Uint8Array } {
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1)
  return {
    content: zstd.decompress(body.slice(5, 5 + length)).slice(),
    tail: body.slice(5 + length),
  }
}

export function putTogether({ content, tail }: { content: Uint8Array; tail: Uint8Array }): Uint8Array {
  const frame = zstd.compress(content, 3)
  const head = new Uint8Array(5)
  head[0] = 1
  new DataView(head.buffer).setUint32(1, frame.length)
  return concatBytes(head, frame, tail)
}

/** The columns of a frame's content. */
export function readStrings(content: Uint8Array): Uint8Array[] {
  const columns: Uint8Array[] = []
  for (let at = 3; at < content.length;) {
    const width = 1 << (content[at]! - 0xc4)
    let length = 0
    for (let i = 1; i <= width; i++) length = length * 256 + content[at + i]!
    at += 1 + width
    columns.push(content.slice(at, at + length))
    at += length
  }
  return columns
}

export function writeStrings(columns: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0xdc, columns.length >> 8, columns.length & 255)]
  for (const column of columns) {
    const n = column.length
    parts.push(
      n < 0x100
        ? Uint8Array.of(0xc4, n)
        : n < 0x1_0000
          ? Uint8Array.of(0xc5, n >> 8, n & 255)
          : Uint8Array.of(0xc6, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255),
      column,
    )
  }
  return concatBytes(...parts)
}

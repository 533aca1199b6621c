import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import {
  bigIntToBytes,
  concatBytes,
  hexToBytes,
  keccak256,
  predeploys,
  rollupChain,
  type Address,
  type BatchBody,
  type BatchEvidence,
  type Genesis,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { encodeBlobs } from '@animechain/da-blob'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeDeposit } from '@animechain/tx'
import { privateKeyToAccount } from 'viem/accounts'
import { runProof, wasm, witnessHost, type BatchWitness } from '../src/index.js'
import { accOf, testInbox } from './inbox.js'
import { randomBytes } from './parts.js'

const zero: Hash = `0x${'00'.repeat(32)}`
const chain = rollupChain({ chainId: 5n })
const codec = batchCodec()
const account = privateKeyToAccount(`0x${'7'.padStart(64, '0')}`)
/** Keeps block hash n-1, n-2 and n-20, the time and its caller's balance in storage; sends on what it got. */
const witness: Address = '0x00000000000000000000000000000000000c0de2'
const genesis: Genesis = {
  timestamp: 1000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 1000n,
  prevRandao: `0x${'77'.repeat(32)}`,
  extraData: '0x',
  beneficiary: predeploys.sequencerFeeVault,
  alloc: {
    [account.address.toLowerCase()]: { balance: 10n ** 20n },
    [witness]: {
      nonce: 1n,
      code: `0x${['600143034043600055', '60024303405f55', '601443034060015542600255', '44600355', '4560045533316005555f5f5f5f3447'].join('')}00`,
    },
    // Keeps the context that it is told.
    [predeploys.l1Block]: { nonce: 1n, code: '0x6044355f556064356001556004356002555f' },
    // What is withdrawn: any call sets a slot.
    [predeploys.l2ToL1MessagePasser]: { nonce: 1n, code: '0x345a55' },
  },
}

const opaque = (value: { mint?: bigint; value?: bigint; gas?: bigint; creation?: boolean; data?: string }) =>
  concatBytes(
    bigIntToBytes(value.mint ?? 0n, 32),
    bigIntToBytes(value.value ?? 0n, 32),
    bigIntToBytes(value.gas ?? 100_000n, 8),
    Uint8Array.of(value.creation ? 1 : 0),
    hexToBytes(`0x${value.data ?? ''}`),
  )

let nonce = 0
const transfer = async (to: Address, options: { value?: bigint; nonce?: number; chainId?: number } = {}) =>
  hexToBytes(
    await account.signTransaction({
      type: 'eip1559',
      chainId: options.chainId ?? 5,
      nonce: options.nonce ?? nonce++,
      gas: 300_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 3n,
      to,
      value: options.value ?? 0n,
    }),
  )
const forged = encodeDeposit({
  sourceHash: zero,
  from: account.address,
  to: account.address,
  mint: 10n ** 24n,
  value: 0n,
  gasLimit: 21_000n,
  isSystemTx: false,
  data: new Uint8Array(0),
})

const inbox = testInbox(genesis.timestamp)
const reference = ethereumjs()
const engine = wasm()
/** Headers of the chain, by number. */
const headers: SealedHeader[] = []
const fallbacks: (string | undefined)[] = []

/** Applies a batch as a node does, in both engines. */
async function apply(batch: BatchEvidence): Promise<void> {
  const { blocks, fallback } = await inbox.derive(batch, headers.at(-1)!)
  fallbacks.push(fallback)
  for (const block of blocks) {
    const { header } = await engine.executeBlock(headers.at(-1)!, block)
    expect((await reference.executeBlock(headers.at(-1)!, block)).header).toEqual(header)
    headers.push(header)
  }
}

async function build(): Promise<void> {
  const someone: Address = '0x00000000000000000000000000000000000000aa'
  const deposits = (n: number) => {
    for (let i = 0; i < n; i++) {
      inbox.deposit({
        from: someone,
        to: witness,
        opaqueData: opaque({ mint: 1000n, value: BigInt(i), data: '00'.repeat(i) }),
      })
      if (i % 2) inbox.deposit({ kind: 1 })
    }
  }
  const labels = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ l1BlockHash: `0x${'4f'.repeat(32)}` as const, logIndex: i }))
  const append = async (
    body: BatchBody | Uint8Array,
    options: { kind?: 0 | 1; blockCount?: number; seconds?: bigint } = {},
  ) =>
    apply(
      inbox.append({
        kind: options.kind ?? 1,
        data: body instanceof Uint8Array ? body : await codec.encode(body),
        blockCount: options.blockCount ?? (body instanceof Uint8Array ? 3 : body.blocks.length),
        seconds: options.seconds ?? 30n,
      }),
    )
  const block = (depositCount: number, transactions: Uint8Array[], timestampDelta = 2) => ({
    timestampDelta,
    depositCount,
    transactions,
  })

  // 0: deposits in two of three blocks, transactions that can and that cannot be included
  deposits(3)
  inbox.deposit({ from: someone, opaqueData: opaque({ creation: true, data: '600160015560016000f3' }) })
  await append({
    blocks: [
      block(2, [await transfer(someone, { value: 7n }), await transfer(someone, { nonce: 99 })]),
      block(0, [Uint8Array.of(1, 2, 3), new Uint8Array(0), await transfer(witness)]),
      block(1, [await transfer(predeploys.l2ToL1MessagePasser, { value: 5n })]),
    ],
    labels: labels(3),
  })
  // 1: nothing at all
  await append({ blocks: [block(0, []), block(0, [])], labels: [] })
  // 2: garbage, with deposits
  deposits(2)
  await append(randomBytes(9)(300))
  // 3: forged deposits, before, between and alone
  await append({
    blocks: [block(0, [forged, await transfer(witness), forged]), block(0, [forged])],
    labels: [],
  })
  // 4: as the inbox makes a forced batch, with labels and a transaction of its own
  deposits(2)
  await append(
    { blocks: [block(0, [await transfer(witness, { value: 9n })], 0)], labels: labels(2) },
    { seconds: 9_000n },
  )
  // 5: forced with bytes that are nothing
  deposits(1)
  await append(new Uint8Array(0), { blockCount: 1, seconds: 1n })
  // 6, 7, 8: bodies that break a rule: blocks, labels, time
  await append(
    { blocks: [block(0, [await transfer(someone, { nonce: 99 })])], labels: [] },
    { blockCount: 4 },
  )
  await append({ blocks: [block(0, [])], labels: labels(1) })
  await append({ blocks: [block(0, [], 29), block(0, [], 1)], labels: [] }, { seconds: 29n })
  // 9: in a blob
  deposits(1)
  const some = await codec.encode({
    blocks: [block(0, [await transfer(witness)]), block(2, [await transfer(someone, { value: 1n })])],
    labels: labels(1),
  })
  await apply(inbox.append({ kind: 2, data: encodeBlobs(some), blockCount: 2, seconds: 20n }))
  // 10: in two, which noise fills
  const much = await codec.encode({
    blocks: [block(0, [await transfer(witness), randomBytes(4)(140_000)])],
    labels: [],
  })
  const two = encodeBlobs(much)
  expect(two).toHaveLength(2)
  await apply(inbox.append({ kind: 2, data: two, blockCount: 1, seconds: 2n }))
  // 11 to 14: blobs that are no encoding: a first byte, a length, a blob too many, bytes behind the end
  const [blob] = encodeBlobs(some) as [Uint8Array]
  const changed = (at: number, value: number) => {
    const out = blob.slice()
    out[at] = value
    return out
  }
  for (const blobs of [
    [changed(32 * 4095, 1)],
    [changed(1, 255)],
    [blob, new Uint8Array(131_072)],
    [changed(131_071, 1)],
  ])
    await apply(inbox.append({ kind: 2, data: blobs, blockCount: 1, seconds: 5n }))
  // 15: from the memory of a process
  await append({ blocks: [block(0, [await transfer(witness)])], labels: [] }, { kind: 0 })
}

beforeAll(async () => {
  for (const e of [reference, engine]) {
    const storage = memoryStorage()
    await storage.start()
    headers[0] = await e.open({ chain, genesis, storage, blockHash: (n) => headers[Number(n)]?.hash })
  }
  await build()
}, 120_000)
afterAll(async () => {
  await engine.close()
  await reference.close()
})

const witnessOf = (from: number, to = from, options: { agreed?: number; block?: bigint } = {}) => {
  const batches = inbox.batches.slice(from, to + 1)
  return engine.recordBatchWitness({
    agreed: headers[options.agreed ?? Number(batches[0]!.header.firstBlock) - 1]!,
    batches,
    ...(from > 0 ? { previous: inbox.batches[from - 1]! } : {}),
    ...(options.block === undefined ? {} : { block: options.block }),
  })
}
const rerun = (witness: BatchWitness, change = (_: Hash, bytes?: Uint8Array) => bytes) => {
  const host = witnessHost(witness)
  return runProof({ ...host, preimage: (kind, key) => change(key, host.preimage(kind, key)) })
}
const lastOf = (batch: BatchEvidence) => Number(batch.header.firstBlock) + batch.header.blockCount - 1

describe('the program of fraud proofs', () => {
  test('is held to batches of every sort', () => {
    expect(fallbacks.map((reason) => reason !== undefined)).toEqual(
      [0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0].map((n) => n === 1),
    )
  })

  test('comes to the output root of the node for every batch, from recorded preimages alone', async () => {
    for (const [i, batch] of inbox.batches.entries()) {
      const recorded = await witnessOf(i)
      expect(recorded.inputs[1]).toBe(accOf(batch))
      expect([i, recorded.outputRoot]).toEqual([i, await engine.outputRoot(headers[lastOf(batch)]!)])
      expect(await rerun(recorded)).toBe(recorded.outputRoot)
    }
  }, 60_000)

  test('comes to it from every block of the chain, up to every other', async () => {
    const roots = await Promise.all(headers.map((header) => engine.outputRoot(header)))
    const find = (block: number) => inbox.batches.findIndex((batch) => lastOf(batch) >= block)
    for (let agreed = 0; agreed + 1 < headers.length; agreed++)
      for (const block of new Set([agreed + 1, agreed % 4 === 0 ? headers.length - 1 : agreed + 2])) {
        if (block >= headers.length) continue
        const recorded = await witnessOf(find(agreed + 1), find(block), { agreed, block: BigInt(block) })
        expect([agreed, block, recorded.outputRoot]).toEqual([agreed, block, roots[block]])
      }
    // Not beyond what the accumulator commits to, and not backwards.
    expect((await witnessOf(1, 1, { block: 2n ** 200n })).outputRoot).toBe(roots[lastOf(inbox.batches[1]!)])
    expect((await witnessOf(1, 1, { block: 2n })).outputRoot).toBe(
      roots[Number(inbox.batches[1]!.header.firstBlock) - 1],
    )
  }, 120_000)

  test('stops without any one of them, and at any that is another', async () => {
    const recorded = await witnessOf(0)
    const hashes = [...recorded.preimages.keys()]
    expect(hashes.length).toBeGreaterThan(30)
    // Every fourth: each takes two runs of the program.
    for (const one of hashes.filter((_, i) => i % 4 === 0)) {
      await expect(
        rerun(recorded, (hash, bytes) => (hash === one ? undefined : bytes)),
      ).rejects.toMatchObject({
        code: 'EXECUTION_STATE_MISSING',
      })
      const bytes = recorded.preimages.get(one)!
      const other = bytes.length > 0 ? bytes.map((b, i) => (i === 0 ? b ^ 1 : b)) : Uint8Array.of(0)
      await expect(rerun(recorded, (hash, was) => (hash === one ? other : was))).rejects.toMatchObject({
        code: 'EXECUTION_GUEST',
      })
    }
    const inBlob = await witnessOf(9)
    await expect(rerun({ ...inBlob, blobs: new Map() })).rejects.toMatchObject({
      code: 'EXECUTION_STATE_MISSING',
    })
  }, 60_000)

  test('gives another output root for another batch at the same place', async () => {
    const recorded = await witnessOf(1)
    const batch = inbox.batches[1]!
    const data = await codec.encode({
      blocks: [
        { timestampDelta: 1, depositCount: 0, transactions: [] },
        { timestampDelta: 2, depositCount: 0, transactions: [] },
      ],
      labels: [],
    })
    const other = await engine.recordBatchWitness({
      agreed: headers[3]!,
      previous: inbox.batches[0]!,
      batches: [{ ...batch, data, commitment: concatBytes(Uint8Array.of(1), keccak256(data)) }],
    })
    expect(other.inputs[1]).not.toBe(recorded.inputs[1])
    expect(other.outputRoot).not.toBe(recorded.outputRoot)
  })
})

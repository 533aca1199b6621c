import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import {
  concatBytes,
  hexToBytes,
  predeploys,
  rollupChain,
  type BatchEvidence,
  type Genesis,
  type Hash,
  type SealedBatch,
  type SealedHeader,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'
import { privateKeyToAccount } from 'viem/accounts'
import { preimageKinds, runProof, wasm, witnessHost } from '../src/index.js'
import { testInbox } from './inbox.js'
import { randomBytes } from './parts.js'
import { pad, seal, sealedCommitment, type Bent } from './sealing.js'

const account = privateKeyToAccount(`0x${'7'.padStart(64, '0')}`)
const chain = rollupChain({ chainId: 5n })
const genesis: Genesis = {
  timestamp: 1000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 1000n,
  prevRandao: `0x${'77'.repeat(32)}`,
  extraData: '0x',
  beneficiary: predeploys.sequencerFeeVault,
  alloc: { [account.address.toLowerCase()]: { balance: 10n ** 20n } },
}

const codec = batchCodec()
const random = randomBytes(44)
const inbox = testInbox(genesis.timestamp)
const [reference, engine] = [ethereumjs(), wasm()]
const headers: SealedHeader[] = []
/** Whether a batch derives from what was sealed. */
const opened: boolean[] = []

async function apply(kind: 3 | 4, data: BatchEvidence['data']): Promise<BatchEvidence> {
  const batch = inbox.append({ kind, data, blockCount: 1, seconds: 2n })
  const { blocks, fallback } = await inbox.derive(batch, headers.at(-1)!)
  opened.push(fallback === undefined)
  for (const block of blocks) {
    const { header } = await engine.executeBlock(headers.at(-1)!, block)
    expect((await reference.executeBlock(headers.at(-1)!, block)).header).toEqual(header)
    headers.push(header)
  }
  return batch
}

let nonce = 0
/** A block that sends something. What must not be read leaves the nonce as it was. */
async function body(options: { noise?: number; used?: boolean } = {}): Promise<Uint8Array> {
  const raw = await account.signTransaction({
    ...{ type: 'eip1559', chainId: 5, nonce, gas: 21_000n, value: 5n },
    ...{ maxFeePerGas: 10n ** 10n, to: '0x00000000000000000000000000000000000000aa' },
  })
  if (options.used !== false) nonce++
  const transactions = [hexToBytes(raw), random(options.noise ?? 10)]
  return codec.encode({ blocks: [{ timestampDelta: 2, depositCount: 0, transactions }], labels: [] })
}

const set = (at: number, value: number) => (bytes: Uint8Array) => bytes.map((b, i) => (i === at ? value : b))
const flip = (at: number) => (bytes: Uint8Array) => bytes.map((b, i) => (i === at ? b ^ 1 : b))
/** Every way to seal badly: what everybody must take for nothing. */
const bad: Record<string, Bent> = {
  'ciphertext that is another': { body: flip(20) },
  'a tag that is another': { body: (bytes) => flip(bytes.length - 1)(bytes) },
  'the last chunk empty': { body: (bytes) => bytes.subarray(0, 16) },
  'no chunk': { body: () => new Uint8Array() },
  magic: { header: flip(0) },
  'a version': { header: set(4, 2) },
  'a suite': { header: set(5, 2) },
  'chunks of another length': { header: set(6, 17) },
  'a reserved byte': { header: set(7, 1) },
  'another reserved byte': { header: set(47, 1) },
  'a salt that was not used': { header: flip(10) },
  'a commitment to another key': { header: flip(79) },
  'a tag of another sort': { descriptor: flip(0) },
  'a descriptor that is short': { descriptor: (bytes) => bytes.subarray(0, 334) },
  'a descriptor that is long': { descriptor: (bytes) => concatBytes(bytes, Uint8Array.of(0)) },
  'a length that is too large': { descriptor: set(104, 1) },
  'a length that is less': { descriptor: (bytes) => flip(110)(bytes) },
  'a project': { descriptor: set(334, 1) },
  'padding that is not zero': { padded: (bytes) => set(bytes.length - 9, 1)(bytes) },
  'more padding than there is': { padded: (bytes) => concatBytes(new Uint8Array(32), bytes) },
  'a content longer than all': { padded: (bytes) => set(bytes.length - 6, 1)(bytes) },
  'less than a length': { padded: () => new Uint8Array(7) },
}

beforeAll(async () => {
  for (const e of [reference, engine]) {
    const storage = memoryStorage()
    await storage.start()
    headers[0] = await e.open({ chain, genesis, storage, blockHash: (n) => headers[Number(n)]?.hash })
  }
}, 60_000)
afterAll(async () => {
  await engine.close()
  await reference.close()
})

const recorded = (batch: BatchEvidence) => {
  const previous = inbox.batches[Number(batch.index) - 1]
  return engine.recordBatchWitness({
    agreed: headers[Number(batch.header.firstBlock) - 1]!,
    batches: [batch],
    ...(previous ? { previous } : {}),
  })
}
const isProven = async (batch: BatchEvidence) => {
  const witness = await recorded(batch)
  expect(witness.outputRoot).toBe(await engine.outputRoot(headers.at(-1)!))
  expect(await runProof(witnessHost(witness))).toBe(witness.outputRoot)
  return witness
}

describe('the proof program reads sealed batches', () => {
  test.each([
    ['in one chunk', 10],
    ['in one chunk that is full', 262_144 - 2_000],
    ['in two', 270_000],
    ['in three', 600_000],
  ])(
    '%s',
    async (_, noise) => {
      const content = await body({ noise })
      const batch = await apply(4, seal(content, random(32), random))
      expect(opened.at(-1)).toBe(true)
      const witness = await isProven(batch)
      // Descriptor, leaves and nodes: each is read once, and nothing is read of the plaintext.
      const leaves = [...witness.sha256.values()].filter((bytes) => bytes[0] === 0)
      expect(leaves.length).toBeGreaterThan(content.length / 4_096)
    },
    60_000,
  )

  test('that were sealed badly as if they held nothing', async () => {
    for (const [what, bent] of Object.entries(bad)) {
      const sealed = seal(await body({ used: false }), random(32), random, bent)
      const batch = await apply(4, sealed)
      expect([what, opened.at(-1)]).toEqual([what, false])
      await isProven(batch)
    }
    // Nothing was changed on the way.
    await isProven(await apply(4, seal(await body(), random(32), random)))
    expect(opened.at(-1)).toBe(true)
  }, 60_000)

  test('with a key of another length, or a length that the commitment has otherwise', async () => {
    const sealed = seal(await body({ used: false }), random(32), random)
    await isProven(await apply(4, { ...sealed, key: random(31) }))
    const batch = await apply(4, seal(await body({ used: false }), random(32), random, { body: flip(0) }))
    const commitment = flip(73)(sealedCommitment(batch.data as SealedBatch))
    const other = await engine.recordBatchWitness({
      ...{ agreed: headers[Number(batch.header.firstBlock) - 1]!, previous: inbox.batches.at(-2)! },
      batches: [{ ...batch, commitment }],
    })
    expect(other.outputRoot).toBe(await engine.outputRoot(headers.at(-1)!))
  })

  test('padded as the format says for every length', async () => {
    for (const length of [0, 1, 2, 7, 8, 9, 100, 1_000, 4_088, 4_089])
      expect([length, pad(new Uint8Array(length)).length]).toEqual([
        length,
        { 0: 8, 1: 10, 2: 10, 7: 16, 8: 16, 9: 18, 100: 112, 1_000: 1_024, 4_088: 4_096, 4_089: 4_352 }[
          length
        ],
      ])
  })

  test('and stops without the key, a leaf or the descriptor, and at any that is another', async () => {
    const batch = await apply(4, seal(await body(), random(32), random))
    const witness = await recorded(batch)
    const { key } = batch.data as SealedBatch
    const host = witnessHost(witness)
    const keyHash = [...witness.preimages].find(([, bytes]) => bytes === key)![0]
    const wanted = [
      [preimageKinds.keccak256, keyHash],
      ...[...witness.sha256.keys()].map((hash) => [preimageKinds.sha256, hash] as const),
    ] as [number, Hash][]
    for (const [kind, hash] of wanted) {
      const rerun = (change: (bytes: Uint8Array) => Uint8Array | undefined) =>
        runProof({
          ...host,
          preimage: (k, h) => {
            const bytes = host.preimage(k, h)
            return bytes && k === kind && h === hash ? change(bytes) : bytes
          },
        })
      await expect(rerun(() => undefined)).rejects.toMatchObject({ code: 'EXECUTION_STATE_MISSING' })
      await expect(rerun(flip(1))).rejects.toMatchObject({ code: 'EXECUTION_GUEST' })
    }
  })
})

test('the proof program reads bytes that an alt-DA server has by keccak256', async () => {
  await isProven(await apply(3, await body()))
  expect(opened.at(-1)).toBe(true)
})

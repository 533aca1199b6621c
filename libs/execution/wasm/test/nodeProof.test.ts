import { afterAll, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import { genesis as genesisOf } from '@animechain/contracts'
import {
  batchEvidence,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  predeploys,
  readBatchBase,
  rollupChain,
  sha256,
  type BatchRecord,
  type ChainKnowledge,
  type Hash,
  type Hex,
  type ProofInputs,
  type ProofSystem,
} from '@animechain/core'
import { memoryDa } from '@animechain/da-memory'
import { createRollup } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { memorySettlement } from '@animechain/settlement-memory'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeFunctionData, parseAbi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { runProof, wasm, witnessHost } from '../src/index.js'

// The chain of a devnet in one process: the node with its predeploys, an inbox with its rules, batches as the batcher makes them.

const account = privateKeyToAccount(`0x${'9'.padStart(64, '0')}`)
let now = 1_700_000_000_000
const clock = {
  now: () => now,
  sleep: (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve())),
}
const genesis = genesisOf({
  addresses: {
    l1CrossDomainMessenger: '0x00000000000000000000000000000000000000a1',
    l1StandardBridge: '0x00000000000000000000000000000000000000a2',
    l1Erc721Bridge: '0x00000000000000000000000000000000000000a3',
    l1Erc1155Bridge: '0x00000000000000000000000000000000000000a4',
    optimismPortal: '0x00000000000000000000000000000000000000a5',
    inbox: '0x00000000000000000000000000000000000000a6',
  },
  l1ChainId: 1,
  l2ChainId: 26_463,
  timestamp: BigInt(now / 1000),
  gasLimit: 30_000_000n,
  alloc: { [account.address]: { balance: 10n ** 21n } },
})
const settlement = memorySettlement({ clock, genesisTimestamp: genesis.timestamp, forceDelaySeconds: 100 })
const da = memoryDa()
const engine = wasm()
/** What the node tells a proof system that enforces its verdicts. */
let knowledge: ChainKnowledge | undefined
const proving: ProofSystem = {
  ...reexecution(),
  capabilities: { id: 'asking', permissionless: true },
  async enforce(asked) {
    knowledge = asked
    return { wrongClaims: [], movesMade: 0, lookAgainInMs: undefined }
  },
}
const rollup = createRollup({
  chain: rollupChain({ chainId: 26_463n }),
  genesis,
  execution: engine,
  da,
  settlement,
  proving,
  storage: memoryStorage(),
  clock,
  role: 'sequencer',
  batcher: { maxAgeSeconds: 0 },
  challenger: { challenge: true },
})
afterAll(() => rollup.stop())

let nonce = 0
const send = async (to: Hex | undefined, data: Hex = '0x', value = 0n) =>
  rollup.pool!.add(
    hexToBytes(
      await account.signTransaction({
        type: 'eip1559',
        chainId: 26_463,
        nonce: nonce++,
        gas: 300_000n,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 10n ** 6n,
        to,
        data,
        value,
      }),
    ),
  )
const seconds = (n: number) => void (now += 1000 * n)
const block = async () => {
  seconds(1)
  await rollup.services.sequencer!.tick()
}
const post = async () => {
  await rollup.services.batcher!.tick()
  await rollup.services.derivation.tick()
}

/** The bytes of a batch. */
async function bodyOf(record: BatchRecord): Promise<Uint8Array> {
  const got = record.commitment[0] === 0 ? await da.get(record.commitment) : await settlement.getBody!(record)
  if (got.status !== 'data') throw new Error(`expected data, got ${got.status}`)
  return got.data
}

test('every batch of a running node is proven from what was recorded of it', async () => {
  await rollup.start()
  for (const service of Object.values(rollup.services)) await service.stop()
  await rollup.services.derivation.tick()
  const outputs = new Map<bigint, Hash>()
  const fallbacks: bigint[] = []
  rollup.on('batch', ({ record, outputRoot, fallback }) => {
    outputs.set(record.index, outputRoot)
    if (fallback !== undefined) fallbacks.push(record.index)
  })
  const passer = parseAbi([
    'function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable',
  ])
  const withdrawal = encodeFunctionData({
    abi: passer,
    functionName: 'initiateWithdrawal',
    args: [account.address, 100_000n, '0x1234'],
  })
  const deposit = (mint: bigint) =>
    settlement.l1.deposit({ from: '0x00000000000000000000000000000000000000bb', to: predeploys.weth9, mint })

  // Deposits, transfers, a contract, a withdrawal
  deposit(5n)
  await send('0x00000000000000000000000000000000000000aa', '0x', 1n)
  await block()
  await send(predeploys.l2ToL1MessagePasser, withdrawal, 7n)
  await send(undefined, '0x600160015560016000f3')
  await block()
  await post()
  // Nothing but time
  await block()
  await block()
  await post()
  // Forced with bytes that are nothing, then with a body
  deposit(6n)
  seconds(300)
  expect((await settlement.forceBatch(Uint8Array.of(1, 2, 3), await readBatchBase(settlement))).status).toBe(
    'ok',
  )
  await rollup.services.derivation.tick()
  const { label } = deposit(7n)
  seconds(300)
  const body = await batchCodec().encode({
    blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [] }],
    labels: [label!],
  })
  expect((await settlement.forceBatch(body, await readBatchBase(settlement))).status).toBe('ok')
  await rollup.services.derivation.tick()
  // And on as before
  deposit(8n)
  await send(predeploys.weth9, '0xd0e30db0', 3n)
  await block()
  await block()
  await post()

  const { batchCount } = await settlement.view()
  expect(batchCount).toBeGreaterThanOrEqual(5n)
  expect(outputs.size).toBe(Number(batchCount))
  expect(fallbacks).toHaveLength(1)
  for (const record of await settlement.getBatches(0n, batchCount)) {
    const recorded = await engine.recordBatchWitness({
      agreed: rollup.chain.headerByNumber(record.header.firstBlock - 1n)!,
      ...(await batchEvidence(settlement, [record], bodyOf)),
    })
    expect(recorded.inputs[1]).toBe(record.acc)
    expect([record.index, recorded.outputRoot]).toEqual([record.index, outputs.get(record.index)])
    expect(await runProof(witnessHost(recorded))).toBe(recorded.outputRoot)
  }
  const gone = { ...settlement, getDeposits: async () => [] }
  const [, second] = await settlement.getBatches(0n, 2n)
  await provenBlockByBlock(batchCount)

  await expect(batchEvidence(gone, [second!], async () => new Uint8Array(0))).rejects.toMatchObject({
    code: 'SETTLEMENT_REORGED',
  })
}, 60_000)

/** What a dispute over one block reads, wherever its batch stands in a claim: from the node, through the encoding in which it is kept, on the program. */
async function provenBlockByBlock(batchCount: bigint): Promise<void> {
  await rollup.services.disputes!.tick()
  const chain = knowledge!
  expect(await chain.batch(-1n)).toMatchObject({ firstBlock: 0n, lastBlock: 0n })
  expect(await chain.batch(batchCount)).toBeUndefined()
  expect(await chain.outputRoot(rollup.chain.head('safe').number + 1n)).toBeUndefined()
  for (const [parent, last] of [
    [-1n, batchCount - 1n],
    [0n, 1n],
    [1n, batchCount - 2n],
    [batchCount - 2n, batchCount - 1n],
  ] as const) {
    const { lastBlock: before } = (await chain.batch(parent))!
    const { lastBlock, acc } = (await chain.batch(last))!
    // Two blocks beyond the end: nothing changes there.
    for (let block = before + 1n; block <= lastBlock + 2n; block++) {
      const got = await chain.proofInputs({ block, parentBatchIndex: parent, batchIndex: last })
      const agreed = block > lastBlock ? lastBlock : block - 1n
      expect(got.inputs.slice(0, 2)).toEqual([await chain.outputRoot(agreed), acc])
      const after = await chain.outputRoot(block > lastBlock ? lastBlock : block)
      expect([block, await runProof(hostOf(got))]).toEqual([block, after])
    }
  }
  const later = { block: 1n, parentBatchIndex: -1n, batchIndex: batchCount }
  await expect(chain.proofInputs(later)).rejects.toMatchObject({ code: 'NODE_PROOF_INPUTS' })
}

/** Proof inputs as the program reads them. */
function hostOf({ inputs, preimages, sha256: hashed, blobs, precompiles }: ProofInputs) {
  return witnessHost({
    inputs,
    preimages: new Map(preimages.map((bytes) => [keccak256Hex(bytes), bytes])),
    blobs: new Map(blobs.map(({ versionedHash, blob }) => [versionedHash, blob])),
    sha256: new Map(hashed.map((bytes) => [bytesToHex(sha256(bytes)), bytes])),
    precompiles: new Map(
      precompiles.map((call) => {
        const number = bigIntToBytes(BigInt(call.number), 32)
        return [keccak256Hex(concatBytes(number, call.input)), call]
      }),
    ),
  })
}

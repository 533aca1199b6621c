// A chain of two blocks on a real L1 with the contracts it would have, and what a node knows of it: what a dispute is about.
import { batchCodec } from '@animechain/codec'
import { deployL1, genesis, productionDefaults } from '@animechain/contracts'
import { batchEvidence, emptyAccumulator, readBatchBase, rollupChain } from '@animechain/core'
import { blob, blobKzg, encodeBlobs } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { deriveBatch } from '@animechain/derivation'
import { devnetChainId, users } from '@animechain/devnet'
import { wasm } from '@animechain/execution-wasm'
import { optimistic } from '@animechain/settlement-optimistic'
import { genesisOutput, provenProgram } from '@animechain/stack'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil, patient, testAccount } from '@animechain/testing'
import { createPublicClient, createWalletClient, hexToBytes, http } from 'viem'
import { foundry } from 'viem/chains'

const chainId = BigInt(devnetChainId)
const chain = rollupChain({ chainId })
/** Of the disputed block. */
export const DISPUTED = 2n
const accounts = { deployer: testAccount(0), operator: testAccount(1), batcher: testAccount(2) }

/**
 * Starts L1, deploys with the heights and delays of production, appends one batch of two blocks and executes them.
 * @param blocks transactions of the two blocks, in hex
 * @param code contracts of the genesis, by address
 */
export async function disputedChain(scope, { blocks, da, gasLimit, heights, code = {} }) {
  const l1 = await anvil({ blockTime: 1, accounts: 20 })
  scope.onClose(() => l1.stop())
  const transport = http(l1.url, patient)
  const client = createPublicClient({ transport, chain: foundry, cacheTime: 0, pollingInterval: 50 })
  const alloc = Object.fromEntries([
    ...users.map(({ address }) => [address.toLowerCase(), { balance: 10n ** 22n }]),
    ...Object.entries(code).map(([address, bytes]) => [address, { nonce: 1n, code: bytes }]),
  ])
  const genesisFor = (addresses, timestamp) =>
    genesis({ addresses, timestamp, gasLimit, alloc, l1ChainId: foundry.id, l2ChainId: chainId })
  const { operator, batcher, deployer } = accounts
  const [one, other] = [operator.address, batcher.address]
  const deployment = await deployL1({
    publicClient: client,
    walletClient: createWalletClient({ transport, chain: foundry, account: deployer }),
    genesisOutputRoot: async ({ addresses, genesisTimestamp }) =>
      (await genesisOutput({ chainId, genesis: genesisFor(addresses, genesisTimestamp) })).outputRoot,
    config: {
      ...productionDefaults,
      ...{ gasLimit, heights, l2ChainId: chainId, proving: await provenProgram({ chainId }) },
      roles: {
        ...{ timelockProposer: one, operator: one, guardian: one, proposer: one, challenger: one },
        ...{ sequencer: other, batcher: other },
      },
    },
  })
  // Every transaction is mined at once from here on: hundreds of them follow one another.
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  const settlementOf = (own) =>
    optimistic({
      l1: { rpcUrl: l1.url },
      contracts: deployment.addresses,
      startBlock: deployment.startBlock,
      accounts: own,
      kzg: blobKzg,
    })
  const settlement = settlementOf({ batcher })
  const parts = {
    settlement,
    ...(await executed(scope, genesisFor(deployment.addresses, deployment.genesisTimestamp))),
  }
  const knowledge = await appended(l1, parts, { blocks, da })
  return {
    ...{ l1, client, transport, deployment, knowledge, settlementOf, heights },
    /** Lets so many seconds pass on L1. */
    async pass(seconds) {
      await l1.request('evm_increaseTime', [seconds])
      await l1.request('evm_mine', [])
    },
  }
}

/** An engine at the genesis. */
async function executed(scope, first) {
  const [engine, storage] = [wasm(), memoryStorage()]
  await storage.start()
  scope.onClose(async () => {
    await engine.close()
    await storage.stop()
  })
  const headers = []
  const blockHash = (number) => headers[Number(number)]?.hash
  headers.push(await engine.open({ chain, genesis: first, storage, blockHash }))
  return { engine, headers }
}

/** Appends a batch of these blocks to the inbox, executes it as a node derives it, and gives what a node knows then. */
async function appended(l1, { settlement, engine, headers }, { blocks, da }) {
  const codec = batchCodec()
  const layer = da === 'blob' ? blob({ rpcUrl: l1.url }) : calldata({ rpcUrl: l1.url })
  const { depositCount } = await settlement.view()
  const bytes = await codec.encode({
    blocks: blocks.map((raws, i) => ({
      timestampDelta: 1,
      depositCount: i === 0 ? Number(depositCount) : 0,
      transactions: raws.map((raw) => hexToBytes(raw)),
    })),
    labels: [],
  })
  const { commitment, attachment } = await layer.prepare(bytes)
  const header = {
    firstBlock: 1n,
    blockCount: blocks.length,
    depositsReadAfter: depositCount,
    lastTimestamp: headers[0].timestamp + BigInt(blocks.length),
  }
  const base = await readBatchBase(settlement, depositCount)
  // The first blob of an anvil waits for its trusted setup: longer than a sender does, perhaps.
  for (let left = 20; (await settlement.view()).batchCount === 0n; left--) {
    const sent = await settlement.appendBatch(header, base, commitment, attachment, undefined)
    if (left === 0) throw new Error(`the batch was not appended: ${sent.status} ${sent.reason ?? sent.error}`)
  }
  const records = await settlement.getBatches(0n, 1n)
  const derived = deriveBatch({
    ...{ header, parent: headers[0], body: await codec.decode(bytes) },
    entries: await settlement.getDeposits(0n, depositCount),
  })
  if (derived.fallback !== undefined) throw new Error(`the batch is of no use: ${derived.fallback}`)
  for (const block of derived.blocks) {
    const { header: next, skipped } = await engine.executeBlock(headers.at(-1), block)
    if (skipped.length > 0) throw new Error(`a transaction was left out: ${skipped[0].reason}`)
    headers.push(next)
  }
  const evidence = await batchEvidence(settlement, records, async () =>
    da === 'blob' ? encodeBlobs(bytes) : bytes,
  )
  return knowledgeOf(engine, headers, evidence, records[0].acc)
}

/** ChainKnowledge of one batch. */
async function knowledgeOf(engine, headers, evidence, acc) {
  const outputs = []
  for (const header of headers) outputs.push(await engine.outputRoot(header))
  const lastBlock = BigInt(headers.length - 1)
  const known = new Map([
    [-1n, { firstBlock: 0n, lastBlock: 0n, acc: emptyAccumulator }],
    [0n, { firstBlock: 1n, lastBlock, acc }],
  ])
  return {
    headers,
    batch: async (index) => known.get(index),
    outputRoot: async (block) => outputs[Number(block)],
    proofInputs: ({ block }) =>
      engine.proofInputs({
        ...evidence,
        agreed: headers[Number((block > lastBlock ? lastBlock + 1n : block) - 1n)],
        block,
      }),
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  deployL1,
  devnetDefaults,
  devnetNetwork,
  genesis as genesisOf,
  viemChains,
} from '@animechain/contracts'
import {
  outputHistory,
  silentLogger,
  silentMetrics,
  type Address,
  type Hash,
  type Settlement,
} from '@animechain/core'
import { optimistic } from '@animechain/settlement-optimistic'
import { composeNode, genesisOutput, writeDeployment, type Deployment } from '@animechain/stack'
import {
  anvil,
  eventually,
  patient,
  testAccount,
  testPrivateKey,
  unplayed,
  type Anvil,
} from '@animechain/testing'
import { createPublicClient, createWalletClient, http, type PublicClient, type Transport } from 'viem'

const l2ChainId = 26_463
/** Seconds, as all times here: longer than a test takes on a slow machine. L1's clock is put forward. */
export const times = { challengePeriod: 3_600, revealTime: 3_600 }

/** A real L1 with a chain that has a verifier network, and some batches of it that everybody can derive. */
export interface L1World {
  l1: Anvil
  client: PublicClient<Transport>
  deployment: Deployment
  folder: string
  chainFile: string
  /** makes assertions */
  settlement: Settlement
  /** Asserts what is right for a batch of which the one before is asserted. */
  assertRight(batchIndex: bigint): Promise<void>
  /** Flags that every program takes. */
  flags: readonly string[]
  close(): Promise<void>
}

async function deploy(l1: Anvil): Promise<Deployment> {
  const transport = http(l1.url, patient)
  const role = testAccount(1).address
  const deployed = await deployL1({
    publicClient: createPublicClient({ transport, pollingInterval: 50, cacheTime: 0 }),
    walletClient: createWalletClient({ transport, account: testAccount(0) }),
    genesisOutputRoot: async ({ addresses, genesisTimestamp }) =>
      (await genesisOutput({ chainId: BigInt(l2ChainId), genesis: genesis(addresses, genesisTimestamp) }))
        .outputRoot,
    config: {
      ...devnetDefaults,
      ...{ challengePeriod: times.challengePeriod, proofMaturityDelay: 3_601, timelockDelay: 86_400 },
      proving: unplayed.proving,
      l2ChainId: BigInt(l2ChainId),
      network: {
        ...devnetNetwork,
        evidence: 3_600,
        diligence: { ...devnetNetwork.diligence, revealTime: times.revealTime },
      },
      roles: {
        ...{ timelockProposer: role, operator: role, guardian: role, sequencer: role },
        ...{ batcher: role, proposer: testAccount(2).address, challenger: role },
      },
    },
  })
  const { addresses, l1ChainId, startBlock } = deployed
  function genesis(names: typeof addresses, timestamp: bigint) {
    const { gasLimit } = devnetDefaults
    return genesisOf({ addresses: names, l1ChainId: 31_337, l2ChainId, timestamp, gasLimit, alloc: {} })
  }
  const blockZero = genesis(addresses, deployed.genesisTimestamp)
  const { hash } = await genesisOutput({ chainId: BigInt(l2ChainId), genesis: blockZero })
  return {
    ...viemChains({
      l1: { chainId: l1ChainId, rpcUrl: l1.url },
      l2: { chainId: l2ChainId, rpcUrl: 'http://127.0.0.1:9545' },
      ...{ addresses, startBlock },
    }),
    addresses,
    rollup: { chainId: BigInt(l2ChainId), genesis: blockZero, genesisHash: hash, l1StartBlock: startBlock },
  }
}

/** What is right of each batch, from a sequencer that posts so many and ends. */
async function batchesOf(l1: Anvil, deployment: Deployment, count: bigint) {
  const { rollup, close } = await composeNode({
    ...{ execution: 'ethereumjs', da: 'calldata', settlement: 'optimistic', proving: 'reexecution' },
    ...{ storage: 'memory', dataDir: 'unused: the storage is in memory', deployment, l1RpcUrl: l1.url },
    ...{ readerThreads: 1, logger: silentLogger, metrics: silentMetrics },
    keys: { batcher: testPrivateKey(1) },
    options: {
      ...{ role: 'sequencer', proposer: false, derivation: { pollMs: 100 } },
      batcher: { pollMs: 100, maxAgeSeconds: 1 },
    },
  })
  try {
    await rollup.start()
    await eventually('batches', () => rollup.derivedBatch(count - 1n), { timeoutMs: 120_000 })
    await rollup.services.batcher?.stop()
    const batches = []
    for (let index = 0n; index < count; index++) {
      const { acc, firstBlock, lastBlock } = rollup.derivedBatch(index)!
      const roots: Hash[] = []
      for (let block = firstBlock; block <= lastBlock; block++)
        roots.push((await rollup.outputAt(block)).outputRoot)
      batches.push({ acc, lastBlock, roots })
    }
    return batches
  } finally {
    await rollup.stop()
    await close()
  }
}

/** L1 finalises nothing in 2,000 blocks: what rests on final blocks comes after the test. */
export async function l1World(batchCount = 2n): Promise<L1World> {
  const folder = mkdtempSync(join(tmpdir(), 'animechain-verifier-'))
  const l1 = await anvil({ blockTime: 1, mineAtOnce: true, slotsInAnEpoch: 1_000, accounts: 20 })
  const deployment = await deploy(l1)
  const batches = await batchesOf(l1, deployment, batchCount)
  const chainFile = join(folder, 'chain.json')
  writeDeployment(chainFile, deployment)
  const settlement = optimistic({
    l1: { rpcUrl: l1.url },
    contracts: deployment.addresses,
    startBlock: deployment.rollup.l1StartBlock,
    accounts: { proposer: testAccount(2) },
  })
  return {
    ...{ l1, deployment, folder, chainFile, settlement },
    client: createPublicClient({ transport: http(l1.url, patient), pollingInterval: 50, cacheTime: 0 }),
    flags: ['--l1-rpc-url', l1.url, '--deployment', chainFile],
    async assertRight(batchIndex) {
      const { acc: batchAcc, lastBlock: blockNumber, roots } = batches[Number(batchIndex)]!
      const before = (await settlement.getAssertions(0n, 100)).find(
        (each) => each.batchIndex === batchIndex - 1n,
      )
      const { historyHeight } = await settlement.assertionRules()
      const made = await settlement.assert({
        ...{ batchIndex, batchAcc, blockNumber, parent: before?.id, outputRoot: roots.at(-1)! },
        ...outputHistory(roots, historyHeight),
      })
      if (made.status !== 'ok') throw new Error(`expected an assertion, got ${made.status}`)
    },
    async close() {
      await l1.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** L1's time goes on: the next block is of another second than this one. */
export async function later({ l1 }: Pick<L1World, 'l1'>, seconds = 1): Promise<void> {
  await l1.request('evm_increaseTime', [seconds])
  await l1.request('evm_mine')
}

/** What an account has paid for gas since a block, wei, by the receipts of all its transactions. */
export async function gasPaid({ client }: Pick<L1World, 'client'>, account: Address, since: bigint) {
  let paid = 0n
  const last = await client.getBlockNumber()
  for (let blockNumber = since + 1n; blockNumber <= last; blockNumber++) {
    const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true })
    for (const { from, hash } of transactions) {
      if (from !== account.toLowerCase()) continue
      const { gasUsed, effectiveGasPrice } = await client.getTransactionReceipt({ hash })
      paid += gasUsed * effectiveGasPrice
    }
  }
  return paid
}

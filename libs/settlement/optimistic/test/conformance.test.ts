import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { settlementSuite } from '@animechain/conformance'
import { deployL1, devnetDefaults, optimismPortalAbi, type L1Deployment } from '@animechain/contracts'
import { anvil, patient, testAccount, type Anvil, unplayed } from '@animechain/testing'
import { createPublicClient, createWalletClient, http } from 'viem'
import { optimistic } from '../src/index.js'

const [deployer, batcher, proposer, challenger, guardian, user] = [0, 1, 2, 3, 4, 5].map(
  testAccount,
) as ReturnType<typeof testAccount>[]

/** Longer than any test: L1's time passes when a test says so. seconds */
const forceDelay = 7_200
const challengePeriod = 3_600
let l1: Anvil
let deployment: L1Deployment
let snapshot: unknown

beforeAll(async () => {
  l1 = await anvil({ blockTime: 0.2 })
  const transport = http(l1.url, patient)
  deployment = await deployL1({
    publicClient: createPublicClient({ transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ transport, account: deployer! }),
    genesisOutputRoot: unplayed.genesisOutputRoot,
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      forceDelay,
      challengePeriod,
      proofMaturityDelay: challengePeriod,
      timelockDelay: 86_400,
      l2ChainId: 26463n,
      roles: {
        timelockProposer: guardian!.address,
        operator: guardian!.address,
        guardian: guardian!.address,
        sequencer: batcher!.address,
        batcher: batcher!.address,
        proposer: proposer!.address,
        challenger: challenger!.address,
      },
    },
  })
  snapshot = await l1.request('evm_snapshot')
}, 120_000)
afterAll(() => l1?.stop())

let deposits = 0
settlementSuite({
  describe,
  test,
  name: 'optimistic',
  features: { getBody: true, reorg: true },
  async create() {
    await l1.request('evm_revert', [snapshot])
    snapshot = await l1.request('evm_snapshot')
    const wallet = createWalletClient({ transport: http(l1.url, patient), account: user! })
    const client = createPublicClient({ transport: http(l1.url, patient), pollingInterval: 50 })
    return {
      settlement: optimistic({
        l1: { rpcUrl: l1.url },
        contracts: deployment.addresses,
        startBlock: deployment.startBlock,
        accounts: { batcher: batcher!, proposer: proposer!, challenger: challenger! },
      }),
      genesisTimestamp: deployment.genesisTimestamp,
      challengePeriod,
      async deposit(mint, to) {
        const hash = await wallet.writeContract({
          chain: null,
          address: deployment.addresses.optimismPortal,
          abi: optimismPortalAbi,
          functionName: 'depositTransaction',
          args: [to, mint, 100_000n, false, '0x'],
          value: mint,
          // No two of them are the same transaction: after a revert anvil may answer with the receipt of the one before.
          gas: 1_000_000n + BigInt(deposits++),
        })
        await client.waitForTransactionReceipt({ hash })
      },
      async increaseTime(seconds) {
        await l1.request('evm_increaseTime', [seconds])
        await l1.request('evm_mine', [])
      },
      reorg: async (depth) => void (await l1.request('anvil_reorg', [depth, []])),
    }
  },
})

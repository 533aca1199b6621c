import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  rollupChain,
  type Address,
  type DataAvailability,
  type Genesis,
  type Hash,
  type Settlement,
  outputHistory,
} from '@animechain/core'
import {
  assertionGameAbi,
  deployL1,
  devnetDefaults,
  genesis as genesisOf,
  optimismPortalAbi,
  systemConfigAbi,
  type L1Deployment,
  disputeGameFactoryAbi,
} from '@animechain/contracts'
import { blob, loadKzg } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { reexecution } from '@animechain/proving-reexecution'
import { optimistic } from '@animechain/settlement-optimistic'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil, eventually, patient, testAccount, type Anvil, unplayed } from '@animechain/testing'
import { createPublicClient, createWalletClient, http } from 'viem'
import { createRollup, type Rollup, type RollupEvents, type RollupOptions } from '@animechain/node'
import { accounts, addressOf, transfer } from './kit.js'

const [deployer, batcher, proposer, challenger, guardian, user] = [0, 1, 2, 3, 4, 5].map(
  testAccount,
) as ReturnType<typeof testAccount>[]

const long = { timeoutMs: 120_000 }
let l1: Anvil
let deployment: L1Deployment
let genesis: Genesis
const running: Rollup[] = []

beforeAll(async () => {
  // Blocks become final late: what is younger may be taken back.
  l1 = await anvil({ blockTime: 1, slotsInAnEpoch: 32 })
  const transport = http(l1.url, patient)
  deployment = await deployL1({
    publicClient: createPublicClient({ transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ transport, account: deployer! }),
    genesisOutputRoot: unplayed.genesisOutputRoot,
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      // However late a verifier looks, there is time to dispute.
      challengePeriod: 3_600,
      proofMaturityDelay: 3_600,
      timelockDelay: 86_400,
      l2ChainId: 26_463n,
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
  genesis = genesisOf({
    addresses: deployment.addresses,
    l1ChainId: deployment.l1ChainId,
    l2ChainId: 26_463,
    timestamp: deployment.genesisTimestamp,
    gasLimit: devnetDefaults.gasLimit,
    alloc: Object.fromEntries(
      accounts.map(({ address }) => [address.toLowerCase(), { balance: 10n ** 21n }]),
    ) as Genesis['alloc'],
  })
}, 120_000)
afterEach(async () => {
  for (const node of running.splice(0)) await node.stop()
})
afterAll(() => l1?.stop())

async function node(da: DataAvailability, over: Partial<RollupOptions> = {}): Promise<Rollup> {
  const rollup = createRollup({
    chain: rollupChain({ chainId: 26_463n }),
    genesis,
    execution: ethereumjs(),
    da,
    settlement: optimistic({
      l1: { rpcUrl: l1.url },
      contracts: deployment.addresses,
      startBlock: deployment.startBlock,
      accounts: { batcher: batcher!, proposer: proposer!, challenger: challenger! },
      kzg: () => loadKzg(),
    }),
    proving: reexecution(),
    storage: memoryStorage(),
    // Batches of every test before stand on the same L1.
    readers: [calldata({ rpcUrl: l1.url }), blob({ rpcUrl: l1.url })],
    derivation: { pollMs: 200 },
    batcher: { pollMs: 200, maxAgeSeconds: 1 },
    proposer: { pollMs: 500 },
    challenger: { pollMs: 500 },
    ...over,
  })
  running.push(rollup)
  await rollup.start()
  return rollup
}
const verifying = { role: 'verifier', batcher: false, proposer: false } as const

async function deposit(value: bigint, gas = 100_000n, to: Address = user!.address): Promise<Hash> {
  const wallet = createWalletClient({ transport: http(l1.url, patient), account: user! })
  return wallet.writeContract({
    chain: null,
    address: deployment.addresses.optimismPortal,
    abi: optimismPortalAbi,
    functionName: 'depositTransaction',
    args: [to, value, gas, false, '0x'],
    value,
  })
}
const mined = async (hash: Hash) => {
  const client = createPublicClient({ transport: http(l1.url, patient), pollingInterval: 100 })
  expect((await client.waitForTransactionReceipt({ hash, timeout: 120_000 })).status).toBe('success')
}
const balance = async (rollup: Rollup, address: Address) =>
  (await rollup.engine.stateAt(rollup.chain.head('safe')).getAccount(address))!.balance

/** Both have the same safe chain at the end of the lower one, at least up to `least`. */
async function agree(a: Rollup, b: Rollup, least: bigint) {
  await eventually(
    'two nodes with the same safe chain',
    async () => {
      const [x, y] = [a.chain.head('safe').number, b.chain.head('safe').number]
      const at = x < y ? x : y
      return at >= least && a.chain.headerByNumber(at)!.hash === b.chain.headerByNumber(at)!.hash
    },
    long,
  )
  expect(a.chain.headerByNumber(least)!.hash).toBe(b.chain.headerByNumber(least)!.hash)
}

/** Passes JSON-RPC on, until a call of some method comes: from then on nothing is answered, and nothing is refused. */
async function hangingProxy(target: string) {
  let trigger: string | undefined
  let hangs = false
  const held = new Set<Socket>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (trigger && body.includes(trigger)) hangs = true
    if (hangs) return void held.add(request.socket)
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    response.setHeader('content-type', 'application/json')
    response.end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const letGo = () => {
    trigger = undefined
    hangs = false
    for (const socket of held) socket.destroy()
    held.clear()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hangFrom: (method: string) => {
      trigger = method
    },
    get hangs() {
      return hangs
    },
    letGo,
    async stop() {
      letGo()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a node on a real L1', () => {
  const mine = (everySeconds: number) => l1.request('evm_setIntervalMining', [everySeconds])
  test.each(['calldata', 'blob'] as const)(
    'with %s: deposits and transactions reach a verifier that has the L1 URL alone',
    async (kind) => {
      const make = () => (kind === 'blob' ? blob({ rpcUrl: l1.url }) : calldata({ rpcUrl: l1.url }))
      const sequencer = await node(make())
      await eventually(
        'the node to catch up',
        async () => sequencer.chain.head('latest').number > sequencer.chain.head('safe').number,
        long,
      )
      const before = await balance(sequencer, addressOf(5))
      await deposit(7n)
      const nonce = Number(await sequencer.pool!.pendingNonce(addressOf(1)))
      const hash = await sequencer.pool!.add(await transfer(1, nonce))
      const verifier = await node(make(), verifying)
      await eventually(
        'the transaction on the verifier',
        async () => verifier.chain.transaction(hash) !== undefined,
        long,
      )
      const { number } = verifier.chain.transaction(hash)!.block.header
      await eventually(
        'the deposit on the verifier',
        async () => (await balance(verifier, addressOf(5))) === before + 7n,
        long,
      )
      await agree(sequencer, verifier, number)
      await eventually('an assertion', async () => (await sequencer.settlement.assertionCount()) > 0n, long)
      // A look at L1 that failed once is not what is meant; a service that keeps failing is.
      await eventually('two healthy nodes', () => sequencer.health().ok && verifier.health().ok, long)
    },
    500_000,
  )

  test('an L1 reorg of ten blocks: nothing acknowledged is lost and the nodes converge', async () => {
    const sequencer = await node(calldata({ rpcUrl: l1.url }))
    const verifier = await node(calldata({ rpcUrl: l1.url }), verifying)
    /** L1 blocks of batches that the verifier has applied. */
    const applied: bigint[] = []
    verifier.on('batch', ({ record }) => applied.push(record.l1Block.number))
    const acknowledged: Hash[] = []
    let nonce = Number(await sequencer.pool!.pendingNonce(addressOf(2)))
    for (let i = 0; i < 6; i++) {
      if (i % 2) await deposit(1n)
      acknowledged.push(await sequencer.pool!.add(await transfer(2, nonce++)))
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    }
    await agree(sequencer, verifier, 1n)
    await eventually(
      'a batch within reach of the reorg that the verifier has applied',
      async () => {
        // L1 stands still from here to the end of the reorg: what is within reach stays there.
        await mine(0)
        const head = BigInt(await l1.request<string>('eth_blockNumber'))
        if (applied.some((number) => number > head - 10n)) return true
        await mine(1)
        return false
      },
      long,
    )
    const reorgs: RollupEvents['l1Reorg'][] = []
    verifier.on('l1Reorg', (event) => reorgs.push(event))
    await l1.request('anvil_reorg', [10, []])
    await mine(1)
    acknowledged.push(await sequencer.pool!.add(await transfer(2, nonce++)))
    await eventually('the reorg', async () => reorgs.length > 0, long)
    for (const hash of acknowledged)
      await eventually(
        `${hash} on the verifier`,
        async () => verifier.chain.transaction(hash) !== undefined,
        long,
      )
    await agree(sequencer, verifier, verifier.chain.transaction(acknowledged.at(-1)!)!.block.header.number)
  }, 500_000)

  const l1Head = async () => BigInt(await l1.request<string>('eth_blockNumber'))
  const assertionOf = async (settlement: Settlement, outputRoot: Hash) =>
    (await settlement.getAssertions(0n, Number(await settlement.assertionCount()))).find(
      (assertion) => assertion.outputRoot === outputRoot,
    )

  /** Asserts a root that is not that of the next batch to be asserted, on the assertion before it, and answers the assertion. */
  async function lie(sequencer: Rollup, outputRoot: Hash) {
    const { settlement } = sequencer
    const { historyHeight } = await settlement.assertionRules()
    const assertions = await settlement.getAssertions(0n, 1_000)
    const parent = assertions.filter(({ status }) => status !== 'rejected').at(-1)
    const batchIndex = parent ? parent.batchIndex + 1n : 0n
    const record = await eventually(
      'the batch',
      async () => {
        const { batchCount } = await settlement.view()
        return batchCount > batchIndex && (await settlement.getBatches(batchIndex, batchIndex + 1n))[0]
      },
      long,
    )
    const blockNumber = record.header.firstBlock + BigInt(record.header.blockCount) - 1n
    const claim = {
      ...{ batchIndex, batchAcc: record.acc, blockNumber, outputRoot, parent: parent?.id },
      ...outputHistory([outputRoot], historyHeight),
    }
    // A transaction of a node that was stopped may have the nonce still.
    // One whose answer was late stands all the same, and is refused when it is made again.
    const made = await eventually(
      'the assertion',
      async () => {
        await settlement.assert(claim)
        return assertionOf(settlement, outputRoot)
      },
      long,
    )
    return { made, claim }
  }

  test('L1 that hangs while a deposit is in view: blocks go on, and the deposit arrives when it answers again', async () => {
    const proxy = await hangingProxy(l1.url)
    try {
      const settlement = optimistic({
        l1: { rpcUrl: proxy.url },
        contracts: deployment.addresses,
        startBlock: deployment.startBlock,
        accounts: { batcher: batcher! },
      })
      const da = calldata({ rpcUrl: l1.url })
      const sequencer = await node(da, { settlement, proposer: false })
      const head = () => sequencer.chain.head('latest').number
      await eventually('blocks', () => head() > sequencer.chain.head('safe').number, long)
      const before = await balance(sequencer, addressOf(5))
      // As soon as a look at L1 has seen the deposit, when what it says is asked for.
      proxy.hangFrom('eth_getLogs')
      await deposit(9n)
      await eventually('L1 to hang', () => proxy.hangs, long)
      const since = head()
      await eventually('blocks without L1', () => head() >= since + 6n, long)
      expect(proxy.hangs).toBe(true)
      proxy.letGo()
      await eventually(
        'the deposit',
        async () => (await balance(sequencer, addressOf(5))) === before + 9n,
        long,
      )
    } finally {
      await proxy.stop()
    }
  }, 500_000)

  test('bonds come back whoever settles: a stranger was first', async () => {
    const client = createPublicClient({ transport: http(l1.url, patient), pollingInterval: 100 })
    const stranger = createWalletClient({ transport: http(l1.url, patient), account: user! })
    const outputs: RollupEvents['asserted'][] = []
    const sequencer = await node(calldata({ rpcUrl: l1.url }), { proposer: { pollMs: 500 } })
    sequencer.on('asserted', (event) => outputs.push(event))
    const asserted = await eventually('an assertion', () => outputs[0]?.id, long)
    await sequencer.services.proposer!.stop()
    await l1.request('evm_increaseTime', [3_700])
    await l1.request('evm_mine')
    // A parent before its child. What came after it may be younger than L1's leap in time.
    const assertions = await sequencer.settlement.getAssertions(0n, 1_000)
    const upTo = assertions.findIndex(({ id }) => id === asserted) + 1
    for (const { id, status } of assertions.slice(0, upTo)) {
      if (status !== 'pending') continue
      const resolved = await stranger.writeContract({
        address: id,
        abi: assertionGameAbi,
        functionName: 'resolve',
        chain: null,
      })
      expect((await client.waitForTransactionReceipt({ hash: resolved })).status).toBe('success')
    }
    expect((await assertionOf(sequencer.settlement, outputs[0]!.outputRoot))!).toMatchObject({
      id: asserted,
      status: 'accepted',
    })
    // Of this node's keys, whose credit nobody else can take.
    expect(await sequencer.settlement.owed()).toBeGreaterThanOrEqual(devnetDefaults.assertionBond)
    await sequencer.services.proposer!.start()
    await eventually('the bonds', async () => (await sequencer.settlement.owed()) === 0n, long)
  }, 500_000)

  test('a wrong assertion is named by a verifier and gets a rival on L1, and again when a reorg drops it', async () => {
    const sequencer = await node(calldata({ rpcUrl: l1.url }), { proposer: false })
    const verifier = await node(calldata({ rpcUrl: l1.url }), {
      ...verifying,
      challenger: { pollMs: 500, challenge: true },
    })
    const lies: RollupEvents['wrongAssertion'][] = []
    verifier.on('wrongAssertion', (event) => lies.push(event))
    const { made, claim } = await lie(sequencer, `0x${'bad0'.repeat(16)}`)
    const noticed = await eventually('the verifier to notice', async () => lies[0], long)
    // It names this one and no assertion that nodes of the tests before have made.
    expect(lies).toHaveLength(1)
    const { outputRoot: expected } = await verifier.outputAt(claim.blockNumber)
    expect(noticed).toMatchObject({
      id: made.id,
      blockNumber: claim.blockNumber,
      claimed: claim.outputRoot,
      expected,
    })
    const status = async () => (await assertionOf(sequencer.settlement, claim.outputRoot))?.status
    await eventually('the rival', async () => (await status()) === 'disputed', long)

    await mine(0)
    const rival = (await assertionOf(sequencer.settlement, expected))!
    expect(rival).toMatchObject({ batchIndex: claim.batchIndex, parent: claim.parent })
    const [created] = await createPublicClient({ transport: http(l1.url, patient) }).getContractEvents({
      address: deployment.addresses.disputeGameFactory,
      abi: disputeGameFactoryAbi,
      eventName: 'DisputeGameCreated',
      args: { disputeProxy: rival.id },
      fromBlock: 0n,
    })
    await l1.request('anvil_reorg', [Number((await l1Head()) - created!.blockNumber) + 1, []])
    expect(await status()).toBe('pending')
    await mine(1)
    await eventually('the rival anew', async () => (await status()) === 'disputed', long)
    expect(lies).toHaveLength(1)
  }, 500_000)

  test('lowering the gas limit while deposits and blocks wait does not stop the chain', async () => {
    const operator = createWalletClient({ transport: http(l1.url, patient), account: guardian! })
    const setGasLimit = async (gasLimit: bigint) => {
      const hash = await operator.writeContract({
        chain: null,
        address: deployment.addresses.systemConfig,
        abi: systemConfigAbi,
        functionName: 'setGasLimit',
        args: [gasLimit],
      })
      await mined(hash)
    }
    // Blocks wait until they are told to go.
    const sequencer = await node(calldata({ rpcUrl: l1.url }), { batcher: { pollMs: 200, maxAgeSeconds: 8 } })
    const latest = () => sequencer.chain.head('latest')
    // Nobody else's: deposits of other tests may come in late.
    const to: Address = `0x${'de'.repeat(20)}`
    const minted = async () => (await sequencer.engine.stateAt(latest()).getAccount(to))?.balance ?? 0n
    await eventually('the node to catch up', async () => latest().number > 0n, long)
    // Two of 8 million each in L1 blocks of their own: more than the new limit together, not more than the old one.
    for (let i = 0; i < 2; i++) await mined(await deposit(1n, 7_900_000n, to))
    await eventually('the deposits in a block', async () => (await minted()) === 2n, long)
    const waiting = latest()
    await setGasLimit(8_000_000n)
    await mined(await deposit(1n, 7_900_000n))
    await eventually(
      'what waited on L1, as it was',
      async () => sequencer.chain.head('safe').number >= waiting.number,
      long,
    )
    expect(sequencer.chain.headerByNumber(waiting.number)!.hash).toBe(waiting.hash)
    const { number } = latest()
    const verifier = await node(calldata({ rpcUrl: l1.url }), verifying)
    await agree(sequencer, verifier, number + 3n)
    expect(verifier.chain.head('safe').gasLimit).toBe(8_000_000n)
    await setGasLimit(devnetDefaults.gasLimit)
  }, 300_000)
})

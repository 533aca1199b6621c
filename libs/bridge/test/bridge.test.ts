import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  assertionGameAbi,
  assertionGameType,
  deployL1,
  devnetDefaults,
  disputeGameFactoryAbi,
  inboxAbi,
  optimismPortalAbi,
  viemChains,
  type L1Config,
  type L1Deployment,
  challengeTreeAbi,
} from '@animechain/contracts'
import { outputHistory } from '@animechain/core'
import { l1Transport } from '@animechain/l1'
import { memoryStorage } from '@animechain/storage-memory'
import {
  anvil,
  eventually,
  lies,
  lyingProxy,
  patient,
  testAccount,
  type Anvil,
  unplayed,
} from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  http,
  keccak256,
  numberToHex,
  parseEther,
  toFunctionSelector,
  zeroAddress,
  type Address,
  type Hex,
  parseAbiParameters,
} from 'viem'
import { bridge, type BridgeOptions, type Withdrawal } from '../src/index.js'
import { pretendL2 } from './pretendL2.js'

const account = (index: number) => testAccount(index)
const lower = (index: number) => account(index).address.toLowerCase() as Hex
const [relayer, stranger, receiver] = [7, 8, 9]
const config: L1Config = {
  ...devnetDefaults,
  proving: unplayed.proving,
  // Longer than any test: L1's time passes when a test says so.
  challengePeriod: 3_600,
  proofMaturityDelay: 7_200,
  listingDelay: 3_600,
  forceDelay: 86_400,
  timelockDelay: 172_800,
  l2ChainId: 4_245n,
  roles: {
    timelockProposer: lower(1),
    operator: lower(1),
    guardian: lower(2),
    sequencer: lower(3),
    batcher: lower(4),
    proposer: lower(5),
    challenger: lower(6),
  },
}

describe('the bridge against those who can write to both chains', () => {
  const l2 = pretendL2(config.l2ChainId)
  let l1: Anvil
  let snapshot: unknown
  let deployment: L1Deployment
  let chains: ReturnType<typeof viemChains>
  const client = () =>
    createPublicClient({ chain: chains.l1, transport: http(undefined, patient), pollingInterval: 100 })
  const wallet = (index: number) =>
    createWalletClient({ account: account(index), chain: chains.l1, transport: http(undefined, patient) })
  const mined = async (hash: Hex) => {
    const receipt = await client().waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    return receipt
  }
  const portal = () => ({ address: deployment.addresses.optimismPortal, abi: optimismPortalAbi }) as const
  const pass = async (seconds: number) => {
    await l1.request('evm_increaseTime', [seconds])
    await l1.request('evm_mine')
  }

  beforeAll(async () => {
    await new Promise<void>((resolve) => l2.server.listen(0, '127.0.0.1', resolve))
    l1 = await anvil()
    const transport = http(l1.url, patient)
    deployment = await deployL1({
      genesisOutputRoot: unplayed.genesisOutputRoot,
      publicClient: createPublicClient({ transport, pollingInterval: 100 }),
      walletClient: createWalletClient({ account: account(0), transport }),
      config,
    })
    chains = viemChains({
      l1: { chainId: 31_337, rpcUrl: l1.url },
      l2: {
        chainId: config.l2ChainId,
        rpcUrl: `http://127.0.0.1:${(l2.server.address() as AddressInfo).port}`,
      },
      addresses: deployment.addresses,
    })
    await mined(
      await wallet(0).writeContract({ ...portal(), functionName: 'donateETH', value: parseEther('1') }),
    )
    snapshot = await l1.request('evm_snapshot')
  }, 240_000)
  beforeEach(async () => {
    await l1.request('evm_revert', [snapshot])
    snapshot = await l1.request('evm_snapshot')
    l2.reset()
    parent = zeroAddress
  })
  afterAll(async () => {
    await l1?.stop()
    l2.server.closeAllConnections()
    await new Promise((resolve) => l2.server.close(resolve))
  })

  const service = async (options: Partial<BridgeOptions> = {}) => {
    const storage = memoryStorage()
    await storage.start()
    const { optimismPortal, l1StandardBridge, l1Erc721Bridge, l1Erc1155Bridge } = deployment.addresses
    return bridge({
      l1: chains.l1,
      l2: chains.l2,
      addresses: { portal: optimismPortal, l1StandardBridge, l1Erc721Bridge, l1Erc1155Bridge },
      storage,
      relayer: account(relayer!),
      graceMs: 0,
      ...options,
    })
  }

  /** The assertion that the next one builds on; none at first. */
  let parent: Address = zeroAddress
  /** Asserts an output root of a batch as the proposer, or as somebody else. All its blocks have the same one, says the claim. */
  async function assertBatch(index: bigint, outputRoot: Hex, by = 5): Promise<Address> {
    const [acc, last] = await client().readContract({
      ...{ address: deployment.addresses.inbox, abi: inboxAbi },
      functionName: 'batchAt',
      args: [index + 1n],
    })
    const { history, proof } = outputHistory([outputRoot], config.heights.blocks)
    const extraData = encodeAbiParameters(parseAbiParameters('uint256, uint256, bytes32, address, bytes32'), [
      last,
      index,
      acc,
      parent,
      history,
    ])
    const { request, result } = await client().simulateContract({
      account: account(by),
      address: deployment.addresses.disputeGameFactory,
      abi: disputeGameFactoryAbi,
      functionName: 'create',
      args: [assertionGameType, outputRoot, concatHex([extraData, ...proof])],
      value: config.assertionBond,
    })
    await mined(await wallet(by).writeContract(request))
    return result
  }
  /** Posts the blocks so far and asserts their output as the proposer. */
  async function assertOutput(): Promise<Address> {
    const inbox = { address: deployment.addresses.inbox, abi: inboxAbi } as const
    const index = await client().readContract({ ...inbox, functionName: 'batchCount' })
    const at = { ...inbox, functionName: 'batchAt' } as const
    const [parentAcc, before, time] = await client().readContract({ ...at, args: [index] })
    const blockCount = Number(l2.number - before)
    await pass(blockCount)
    const header = {
      firstBlock: before + 1n,
      blockCount,
      depositsReadAfter: await client().readContract({ ...inbox, functionName: 'depositCount' }),
      lastTimestamp: time + BigInt(blockCount),
    }
    const depositAcc = await client().readContract({
      ...inbox,
      functionName: 'depositAcc',
      args: [header.depositsReadAfter],
    })
    await mined(
      await wallet(4).writeContract({
        ...inbox,
        functionName: 'appendBatch',
        args: [header, parentAcc, depositAcc, 1, '0x00'],
        // What an estimate would say is too little when the time to record L1's context anew comes before the block does.
        gas: 1_000_000n,
      }),
    )
    parent = await assertBatch(index, l2.outputRoot)
    return parent
  }
  /** Gives an assertion with one output root the time that its halves stand without rivals, and has it accepted. */
  async function bisectAndWin(game: Address, outputRoot: Hex): Promise<void> {
    const tree = { address: deployment.addresses.challengeTree, abi: challengeTreeAbi } as const
    const mutual = await client().readContract({
      ...{ address: game, abi: assertionGameAbi },
      functionName: 'tournament',
    })
    const word = (n: number) => numberToHex(n, { size: 32 })
    const half = outputHistory([outputRoot], config.heights.blocks - 1).history
    const whole = keccak256(concatHex([half, half]))
    const leaf = { left: word(0), right: word(0) }
    await mined(
      await wallet(6).writeContract({ ...tree, functionName: 'bisect', args: [mutual, half, half] }),
    )
    await pass(config.challengePeriod + 1)
    const updates = [
      { mutual: keccak256(concatHex([mutual, word(1)])), root: half, ...leaf },
      { mutual: keccak256(concatHex([mutual, word(2), half])), root: half, ...leaf },
      { mutual, root: whole, left: half, right: half },
    ]
    await mined(await wallet(6).writeContract({ ...tree, functionName: 'update', args: [updates] }))
    await resolve(game)
  }
  const resolve = async (game: Address) => {
    await pass(config.challengePeriod + 1)
    await mined(
      await wallet(0).writeContract({ address: game, abi: assertionGameAbi, functionName: 'resolve' }),
    )
  }
  const proofsBy = async (index: number) => {
    const logs = await client().getContractEvents({
      ...portal(),
      eventName: 'WithdrawalProvenExtension1',
      fromBlock: 0n,
    })
    return logs.filter(({ args }) => args.proofSubmitter?.toLowerCase() === lower(index)).length
  }
  const finalized = (w: Withdrawal) =>
    client().readContract({ ...portal(), functionName: 'finalizedWithdrawals', args: [w.withdrawalHash] })

  test('every withdrawal of one transaction is proven once and finalised', async () => {
    const both = [l2.withdrawal(), l2.withdrawal()]
    await l2.block(both)
    const game = await assertOutput()
    const tested = await service()
    for (let i = 0; i < 3; i++) await tested.poll()
    expect(await proofsBy(relayer!)).toBe(2)
    await resolve(game)
    await pass(config.proofMaturityDelay + 1)
    await tested.poll()
    expect(await Promise.all(both.map(finalized))).toEqual([true, true])
    expect(tested.withdrawals().map(({ status }) => status)).toEqual(['finalized', 'finalized'])
  }, 240_000)

  test('of several L1 endpoints the others decide when one lies, and nothing is done when they do not agree', async () => {
    const selector = toFunctionSelector('finalizedWithdrawals(bytes32)')
    const proxy = await lyingProxy(l1.url)
    const through = (urls: string[], quorum?: number) =>
      service({
        l1Transport: (timeoutMs) => l1Transport(urls, { timeoutMs, ...(quorum ? { quorum } : {}) }),
      })
    try {
      const withdrawal = l2.withdrawal()
      await l2.block([withdrawal])
      const game = await assertOutput()
      await proxy.lie({
        name: 'paid',
        says: 'every withdrawal is paid',
        answer: ({ method, params }, reply) =>
          method === 'eth_call' && (params[0] as { data: Hex }).data.startsWith(selector)
            ? { ...reply, result: numberToHex(1, { size: 32 }) }
            : undefined,
      })
      const alone = await through([proxy.url])
      await alone.poll()
      expect(alone.withdrawals()[0]!.status).toBe('finalized')

      const all = await through([proxy.url, l1.url, l1.url], 3)
      await proxy.lie(lies.find(({ name }) => name === 'call-ones')!)
      await expect(all.poll()).rejects.toThrow('do not agree')
      expect(await proofsBy(relayer!)).toBe(0)

      const most = await through([proxy.url, l1.url, l1.url])
      await most.poll()
      expect(await proofsBy(relayer!)).toBe(1)
      await resolve(game)
      await pass(config.proofMaturityDelay + 1)
      await most.poll()
      expect(await finalized(withdrawal)).toBe(true)
    } finally {
      await proxy.stop()
    }
  }, 240_000)

  test('an endpoint of another chain is refused at the start, and before anything is done', async () => {
    const elsewhere = await service({ l1: { ...chains.l1, id: 1 } })
    const wrongChain = { code: 'BRIDGE_WRONG_CHAIN', message: expect.stringContaining('Expected chain id 1') }
    await expect(elsewhere.start()).rejects.toMatchObject(wrongChain)
    await expect(elsewhere.poll()).rejects.toMatchObject(wrongChain)
  })

  test('events of other contracts that look like withdrawals are not followed', async () => {
    const real = l2.withdrawal()
    const lies = Array.from({ length: 20 }, () => l2.withdrawal())
    await l2.block([real], [...lies, real])
    const game = await assertOutput()
    const tested = await service({ maxOpen: 5 })
    await tested.poll()
    expect(tested.withdrawals().map(({ id }) => id)).toEqual([real.withdrawalHash])
    await resolve(game)
    await pass(config.proofMaturityDelay + 1)
    await tested.poll()
    expect(await finalized(real)).toBe(true)
  }, 240_000)

  test('somebody who proves a withdrawal anew again and again does not keep it from being finalised', async () => {
    const withdrawal = l2.withdrawal()
    await l2.block([withdrawal])
    const game = await assertOutput()
    const { outputRootProof, nodes } = await l2.proof(withdrawal)
    const proveBy = async (index: number) =>
      mined(
        await wallet(index).writeContract({
          ...portal(),
          functionName: 'proveWithdrawalTransaction',
          args: [withdrawal, 0n, outputRootProof, nodes],
        }),
      )
    await proveBy(stranger!)
    const tested = await service()
    await tested.poll()
    await proveBy(0)
    await resolve(game)
    await pass(config.proofMaturityDelay + 1)
    await proveBy(0)
    await tested.poll()
    expect(await finalized(withdrawal)).toBe(true)
  }, 240_000)

  test('what somebody else proved is finalised with that proof', async () => {
    const withdrawal = l2.withdrawal()
    await l2.block([withdrawal])
    const game = await assertOutput()
    const { outputRootProof, nodes } = await l2.proof(withdrawal)
    await mined(
      await wallet(stranger!).writeContract({
        ...portal(),
        functionName: 'proveWithdrawalTransaction',
        args: [withdrawal, 0n, outputRootProof, nodes],
      }),
    )
    await resolve(game)
    await pass(config.proofMaturityDelay + 1)
    await (await service()).poll()
    expect(await finalized(withdrawal)).toBe(true)
  }, 240_000)

  test('a withdrawal is proven anew when the assertion behind its proof has lost', async () => {
    const withdrawal = l2.withdrawal()
    await l2.block([withdrawal])
    const game = await assertOutput()
    const clock = handClock()
    const tested = await service({ clock })
    await tested.poll()
    // A rival whose maker bisects it, while nobody plays for the assertion: the rival wins.
    const at = { address: game, abi: assertionGameAbi } as const
    const other = keccak256('0x0bad')
    parent = await client().readContract({ ...at, functionName: 'parent' })
    const rival = await assertBatch(
      await client().readContract({ ...at, functionName: 'batchIndex' }),
      other,
      6,
    )
    await bisectAndWin(rival, other)
    await mined(await wallet(0).writeContract({ ...at, functionName: 'resolve' }))
    parent = rival
    await l2.block([])
    const next = await assertOutput()
    // The rival is accepted, and listed like the next one: it may be tried first, and nothing can be proven under it.
    await eventually('another proof', async () => {
      clock.advance(3_600)
      await tested.poll()
      return (await proofsBy(relayer!)) === 2
    })
    await resolve(next)
    await pass(config.proofMaturityDelay + 1)
    clock.advance(3_600)
    await tested.poll()
    expect(await finalized(withdrawal)).toBe(true)
  }, 240_000)

  test('withdrawals that cost the relayer too much are left to others, and take no room', async () => {
    const dear = [
      l2.withdrawal({ gasLimit: 3_000_000n }),
      l2.withdrawal({ gasLimit: 2n ** 200n }),
      l2.withdrawal({ data: `0x${'01'.repeat(60_000)}` }),
      l2.withdrawal({ target: deployment.addresses.optimismPortal }),
    ]
    await l2.block(dear)
    const cheap = l2.withdrawal()
    const storage = memoryStorage()
    await storage.start()
    const tested = await service({ storage, maxOpen: 1 })
    await tested.poll()
    await l2.block([cheap])
    await assertOutput()
    await eventually('the cheap one is proven', async () => {
      await tested.poll()
      return (await proofsBy(relayer!)) === 1
    })
    for (const { withdrawalHash } of dear)
      expect(tested.withdrawal(withdrawalHash)).toMatchObject({ leftToOthers: expect.any(String) })
    expect(tested.withdrawal(cheap.withdrawalHash)!.status).toBe('waitingToFinalize')
    const generous = await service({ storage, maxGas: 5_000_000n })
    await generous.poll()
    expect(generous.withdrawal(dear[0]!.withdrawalHash)).toMatchObject({ status: 'waitingToFinalize' })
    expect(generous.withdrawal(dear[1]!.withdrawalHash)).toMatchObject({ leftToOthers: expect.any(String) })
  }, 240_000)

  /** A clock that goes on when a test says so. */
  const handClock = () => {
    let now = Date.now()
    return {
      now: () => now,
      sleep: async () => {},
      advance: (seconds: number) => {
        now += seconds * 1_000
      },
    }
  }

  test('each step is left to the owner first: a relayer is a safety net', async () => {
    const mine = l2.withdrawal({ sender: account(3).address })
    const idle = l2.withdrawal()
    await l2.block([mine, idle])
    const game = await assertOutput()
    const clock = handClock()
    const tested = await service({ clock, graceMs: 60_000 })
    await tested.poll()
    clock.advance(50)
    await tested.poll()
    expect(await proofsBy(relayer!)).toBe(0)
    expect(tested.withdrawal(idle.withdrawalHash)).toMatchObject({
      status: 'readyToProve',
      waitsFor: 'its owner may take this step first, for 10 s',
    })
    // The owner of one proves it: the relayer relies on that proof, and proves the other alone.
    const { outputRootProof, nodes } = await l2.proof(mine)
    await mined(
      await wallet(3).writeContract({
        ...portal(),
        functionName: 'proveWithdrawalTransaction',
        args: [mine, 0n, outputRootProof, nodes],
      }),
    )
    clock.advance(10)
    for (let i = 0; i < 2; i++) await tested.poll()
    expect(await proofsBy(relayer!)).toBe(1)
    expect(tested.withdrawal(mine.withdrawalHash)!.status).toBe('waitingToFinalize')
    await resolve(game)
    await pass(config.proofMaturityDelay + 1)
    await tested.poll()
    expect(await Promise.all([mine, idle].map(finalized))).toEqual([false, false])
    await mined(
      await wallet(3).writeContract({
        ...portal(),
        functionName: 'finalizeWithdrawalTransaction',
        args: [mine],
      }),
    )
    clock.advance(60)
    await tested.poll()
    expect(await finalized(idle)).toBe(true)
    const [payment] = await client().getContractEvents({
      ...portal(),
      eventName: 'WithdrawalFinalized',
      args: { withdrawalHash: mine.withdrawalHash },
      fromBlock: 0n,
    })
    const { from } = await client().getTransaction({ hash: payment!.transactionHash })
    expect(from.toLowerCase()).toBe(lower(3))
  }, 240_000)

  test('what the portal can never pay is left, and what it always refuses is given up with a reason', async () => {
    const toInbox = l2.withdrawal({ target: deployment.addresses.inbox })
    const refused = l2.withdrawal()
    await l2.block([toInbox, refused])
    await assertOutput()
    const clock = handClock()
    // The proofs that this L2 gives do not fit.
    l2.garble = true
    const tested = await service({ clock })
    try {
      await tested.poll()
      expect(tested.withdrawal(toInbox.withdrawalHash)!.leftToOthers).toMatch(/neither itself nor its inbox/)
      const first = tested.withdrawal(refused.withdrawalHash)!
      expect(first).toMatchObject({ failures: 1, refusals: 1, lastError: expect.any(String) })
      // Less and less often.
      await tested.poll()
      expect(tested.withdrawal(refused.withdrawalHash)!.failures).toBe(1)
      for (let i = 0; i < 12; i++) {
        clock.advance(3_600)
        await tested.poll()
      }
      expect(tested.withdrawal(refused.withdrawalHash)).toMatchObject({
        failures: 12,
        leftToOthers: expect.stringContaining('given up after 12 refusals'),
      })
    } finally {
      l2.garble = false
    }
  }, 240_000)

  test('one account fills neither the list nor an hour for the others', async () => {
    const [flooder, other] = [account(4).address, account(5).address]
    const flood = Array.from({ length: 12 }, () => l2.withdrawal({ value: 1n }))
    await l2.block(flood, [], flooder)
    const honest = l2.withdrawal()
    await l2.block([honest], [], other)
    await assertOutput()
    const clock = handClock()
    const tested = await service({
      clock,
      maxOpen: 10,
      maxOpenPerAccount: 5,
      // Of two or three proofs.
      maxGasPerAccount: 400_000,
    })
    await tested.poll()
    const ofFlood = () => flood.map(({ withdrawalHash }) => tested.withdrawal(withdrawalHash)!)
    expect(ofFlood().filter(({ leftToOthers }) => leftToOthers?.startsWith('there is no room'))).toHaveLength(
      11,
    )
    expect(tested.withdrawal(honest.withdrawalHash)!.status).toBe('waitingToFinalize')

    const roomy = await service({ clock, maxGasPerAccount: 400_000 })
    await roomy.poll()
    const proven = () =>
      flood.filter(({ withdrawalHash }) => roomy.withdrawal(withdrawalHash)!.proveTransactionHash).length
    const atFirst = proven()
    expect(atFirst).toBeGreaterThan(0)
    expect(atFirst).toBeLessThan(6)
    expect(roomy.withdrawal(flood.at(-1)!.withdrawalHash)!.waitsFor).toMatch(/its account has used/)
    await roomy.poll()
    expect(proven()).toBe(atFirst)
    clock.advance(1_800)
    await roomy.poll()
    expect(proven()).toBeGreaterThan(atFirst)
  }, 240_000)

  test('a withdrawal whose payment an L1 reorg took back is finalised again', async () => {
    const withdrawal = l2.withdrawal()
    await l2.block([withdrawal])
    const game = await assertOutput()
    const tested = await service()
    await tested.poll()
    await resolve(game)
    await pass(config.proofMaturityDelay + 1)
    const before = await l1.request('evm_snapshot')
    await tested.poll()
    expect(await finalized(withdrawal)).toBe(true)
    await l1.request('evm_revert', [before])
    expect(await finalized(withdrawal)).toBe(false)
    await tested.poll()
    expect(await finalized(withdrawal)).toBe(true)
    await l1.request('anvil_mine', ['0x60'])
    await tested.poll()
    expect(tested.withdrawal(withdrawal.withdrawalHash)).toMatchObject({
      status: 'finalized',
      irreversible: true,
    })
  }, 240_000)

  test('withdrawals that are done do not fill the memory, and are still known', async () => {
    const dear = Array.from({ length: 6 }, () => l2.withdrawal({ gasLimit: 3_000_000n }))
    await l2.block(dear)
    const tested = await service({ maxOpen: 1, maxDone: 2 })
    await tested.poll()
    expect(tested.withdrawals()).toHaveLength(3)
    for (const { withdrawalHash } of dear)
      expect(tested.withdrawal(withdrawalHash)).toMatchObject({ id: withdrawalHash })
  }, 240_000)

  test('withdrawals of blocks that an L1 reorg replaced are found', async () => {
    await l2.block([l2.withdrawal()])
    await l2.block([])
    const tested = await service()
    await tested.poll()
    l2.drop(2)
    const other = l2.withdrawal()
    await l2.block([other])
    await l2.block([])
    await tested.poll()
    expect(tested.withdrawal(other.withdrawalHash)).toMatchObject({ l2BlockNumber: 1n })
  }, 240_000)

  test('a deposit is looked for among the events of the portal only', async () => {
    const { transactionHash } = await mined(
      await wallet(stranger!).writeContract({
        ...portal(),
        functionName: 'depositTransaction',
        args: [account(receiver!).address, 1n, 100_000n, false, '0x'],
        value: 1n,
      }),
    )
    expect(await (await service()).depositStatus(transactionHash)).toMatchObject({ status: 'waitingForL2' })
    const elsewhere = numberToHex(0x99, { size: 20 })
    const { l1StandardBridge, l1Erc721Bridge, l1Erc1155Bridge } = deployment.addresses
    const apart = bridge({
      l1: chains.l1,
      l2: chains.l2,
      addresses: { portal: elsewhere, l1StandardBridge, l1Erc721Bridge, l1Erc1155Bridge },
      storage: memoryStorage(),
    })
    expect(await apart.depositStatus(transactionHash)).toMatchObject({ status: 'failed' })
  }, 240_000)
})

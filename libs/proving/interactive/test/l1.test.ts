import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLogger, type Address } from '@animechain/core'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { devnetDefaults } from '@animechain/contracts'
import type { Assertion } from '@animechain/proving-game'
import { testAccount } from '@animechain/testing'
import { memoryStorage } from '@animechain/storage-memory'
import { decodeFunctionData } from 'viem'
import { DisputeStore, gasCosts, interactive, replayerRunner, type GameAccess } from '../src/index.js'
import { toyProgram } from './toyProgram.js'
import { deaths } from './deaths.js'
import { l1World, openStore, period, type L1World } from './l1World.js'

const BURNED = '0x000000000000000000000000000000000000dEaD'
const [honest, liar, second, stranger] = [5, 6, 7, 8].map(testAccount) as ReturnType<typeof testAccount>[]

type Pass = () => Promise<unknown>

describe('the honest player on a real L1', () => {
  let w: L1World
  let snapshot: string
  beforeAll(async () => {
    w = await l1World()
  }, 240_000)
  afterAll(() => w?.stop())
  beforeEach(async () => {
    snapshot = await w.l1.request<string>('evm_snapshot')
    w.gas.clear()
  })
  afterEach(() => w.l1.request('evm_revert', [snapshot]))

  const balanceOf = (address: Address): Promise<bigint> => w.client.getBalance({ address })

  const claims = async (): Promise<readonly Assertion[]> => {
    const { view, tournaments, finished } = await w.access(stranger!).look()
    return [...tournaments, ...finished].flatMap((id) => view.assertions(id))
  }
  const verdicts = async () =>
    Object.fromEntries((await claims()).map(({ asserter, status }) => [asserter, status]))

  /** Looks of all, every `seconds`, until something is accepted. */
  async function playOut(passes: readonly Pass[], seconds = 120): Promise<void> {
    const { timestamp: from } = await w.client.getBlock()
    while ((await claims()).every(({ status }) => status !== 'accepted')) {
      for (const pass of passes) await pass()
      await w.pass(seconds)
      const { timestamp } = await w.client.getBlock()
      expect(timestamp - from).toBeLessThan(2n * BigInt(period))
    }
  }

  /** All that can be collected. */
  async function collect(passes: readonly Pass[]): Promise<void> {
    for (let i = 0; i < 5; i++) {
      for (const pass of passes) await pass()
      await w.pass(period)
    }
  }

  /** Gas with which an account sent updates, and edges in them. */
  async function updatesOf(sender: Address): Promise<{ gas: bigint; edges: number }[]> {
    const updates: { gas: bigint; edges: number }[] = []
    for (let number = await w.client.getBlockNumber(); number >= w.deployment.startBlock; number--) {
      const { transactions } = await w.client.getBlock({ blockNumber: number, includeTransactions: true })
      for (const { from, to, gas, input } of transactions) {
        if (from !== sender.toLowerCase() || to !== w.deployment.addresses.challengeTree.toLowerCase())
          continue
        const { functionName, args } = decodeFunctionData({ abi: challengeTreeAbi, data: input })
        if (functionName === 'update') updates.push({ gas, edges: args[0].length })
      }
    }
    return updates
  }

  const address = ({ address }: { address: Address }): Address => address.toLowerCase() as Address

  test('defeats a liar down to one instruction, and every wei is accounted for', async () => {
    const tree = w.deployment.addresses.challengeTree
    const before = await Promise.all([honest!, liar!].map(({ address }) => balanceOf(address)))
    const burnedBefore = await balanceOf(BURNED)
    const bad = await w.liar(liar!, 2n, { span: 5, step: 11, seed: 1 })
    const refusals: unknown[] = []
    const storage = memoryStorage()
    await storage.start()
    const isKept = () => [...storage.iterate({})].length > 0
    // Little fits into a transaction, as where many claims are disputed.
    const most = 10
    const access = w.access(honest!, { batchGas: gasCosts.update * BigInt(most) })
    const good = w.player(access, w.commitments(new DisputeStore(storage)), {
      logger: { ...silentLogger, error: (...words) => refusals.push(words) },
    })
    const passes = [() => bad.pass(), () => good.pass()]
    await playOut(passes)
    await collect(passes)
    expect(await verdicts()).toEqual({ [address(liar!)]: 'rejected', [address(honest!)]: 'accepted' })
    expect(refusals).toEqual([])

    const after = await Promise.all([honest!, liar!].map(({ address }) => balanceOf(address)))
    const [won, lost] = [honest!, liar!].map(
      (account, i) => after[i]! - before[i]! + w.gas.get(address(account))!,
    )
    expect(won).toBeGreaterThan(0n)
    expect(-lost!).toBeGreaterThanOrEqual(devnetDefaults.assertionBond)
    const burned = (await balanceOf(BURNED)) - burnedBefore
    const left = await balanceOf(tree)
    expect(won! + lost! + burned + left).toBe(0n)
    // What is left is the pot alone.
    const [{ tournament }] = (await claims()) as [Assertion]
    const { pot } = await w.client.readContract({
      ...{ address: tree, abi: challengeTreeAbi, functionName: 'tournament', args: [tournament] },
    })
    expect(left).toBe(pot)
    expect(left).toBeGreaterThan(0n)

    // What an update writes depends on the second in which it is mined: its gas is not left to an estimate made before.
    const updates = await updatesOf(honest!.address)
    expect(updates.length).toBeGreaterThan(1)
    for (const { gas, edges } of updates) {
      expect(gas).toBeGreaterThanOrEqual(gasCosts.update * BigInt(edges))
      expect(edges).toBeLessThanOrEqual(most)
    }

    // What the dispute needs is kept for as long as L1 could take its end back, and no longer.
    await good.pass()
    expect(isKept()).toBe(true)
    await w.l1.request('anvil_mine', ['0x100'])
    await good.pass()
    expect(isKept()).toBe(false)
  }, 240_000)

  test('wins when it is killed before and after every move', async () => {
    const bad = await w.liar(liar!, 3n, { span: 2, step: 30, seed: 2 })
    const store = await openStore()
    const { mortal, killed, kills } = deaths()
    const pass = async () => {
      for (;;)
        try {
          // Nothing is left of the one before but what is on disk.
          await w.player(mortal(w.access(honest!)), w.commitments(store)).pass()
          return
        } catch (error) {
          if (error !== killed) throw error
        }
    }
    const passes = [() => bad.pass(), pass]
    await playOut(passes)
    await collect(passes)
    expect(kills()).toBeGreaterThanOrEqual(40)
    expect(await verdicts()).toEqual({ [address(liar!)]: 'rejected', [address(honest!)]: 'accepted' })
  }, 240_000)

  test('goes on where L1 takes moves back', async () => {
    const bad = await w.liar(liar!, 1n, { span: 7, step: 20, seed: 3 })
    const good = w.player(w.access(honest!), w.commitments(await openStore()))
    for (let i = 0; i < 3; i++) {
      await bad.pass()
      const point = await w.l1.request<string>('evm_snapshot')
      expect((await good.pass()).movesMade).toBeGreaterThan(0)
      // The same height, another chain.
      const height = await w.client.getBlockNumber()
      await w.l1.request('evm_revert', [point])
      while ((await w.client.getBlockNumber()) < height) await w.pass(1)
      expect((await good.pass()).movesMade).toBeGreaterThan(0)
    }
    const passes = [() => bad.pass(), () => good.pass()]
    await playOut(passes)
    await collect(passes)
    expect(await verdicts()).toEqual({ [address(liar!)]: 'rejected', [address(honest!)]: 'accepted' })
  }, 240_000)

  test('makes a move again that L1 took back before any look has shown it', async () => {
    await w.liar(liar!, 1n, { span: 7, step: 20, seed: 3 })
    const access = w.access(honest!)
    let taken = 0
    const unlucky: GameAccess = {
      account: access.account,
      look: (signal) => access.look(signal),
      async play(moves, options) {
        if (taken++ > 0) return access.play(moves, options)
        const point = await w.l1.request<string>('evm_snapshot')
        const results = await access.play(moves, options)
        const height = await w.client.getBlockNumber()
        await w.l1.request('evm_revert', [point])
        while ((await w.client.getBlockNumber()) < height) await w.pass(1)
        return results
      },
    }
    await w.player(unlucky, w.commitments(await openStore())).pass()
    expect(await verdicts()).toEqual({ [address(liar!)]: 'open', [address(honest!)]: 'open' })
  }, 120_000)

  test("defends a stranger's right claim against two liars, and gets its stakes back", async () => {
    await w.claim(stranger!)
    const one = await w.liar(liar!, 2n, { span: 6, step: 3, seed: 4 })
    const two = await w.liar(second!, 3n, { span: 0, step: 0, seed: 5 })
    const before = await balanceOf(honest!.address)
    const good = w.player(w.access(honest!), w.commitments(await openStore()))
    const passes = [() => one.pass(), () => two.pass(), () => good.pass()]
    await playOut(passes)
    await collect(passes)
    expect(await verdicts()).toEqual({
      [address(liar!)]: 'rejected',
      [address(second!)]: 'rejected',
      [address(stranger!)]: 'accepted',
    })
    const won = (await balanceOf(honest!.address)) - before + w.gas.get(address(honest!))!
    expect(won).toBeGreaterThan(0n)
  }, 240_000)

  test('as a proof system of a node it brings a claim that nobody disputes to its end, whoever made it', async () => {
    await w.claim(stranger!)
    const storage = memoryStorage()
    await storage.start()
    const proving = interactive({
      l1: { rpcUrl: w.l1.url },
      account: honest!,
      tree: w.deployment.addresses.challengeTree,
      startBlock: w.deployment.startBlock,
      runner: replayerRunner(toyProgram),
      store: storage,
    })
    await proving.start()
    expect(proving.capabilities).toMatchObject({ id: 'interactive', permissionless: true })
    expect(await proving.enforce!(w.chain)).toEqual({
      ...{ movesMade: 0, wrongClaims: [] },
      lookAgainInMs: expect.any(Number),
    })
    await w.pass(period)
    await proving.enforce!(w.chain)
    await proving.stop()
    expect(await verdicts()).toEqual({ [address(stranger!)]: 'accepted' })
    const credit = await w.client.readContract({
      ...{ address: w.deployment.addresses.challengeTree, abi: challengeTreeAbi, functionName: 'credit' },
      args: [stranger!.address],
    })
    expect(credit).toBe(devnetDefaults.assertionBond)
  }, 120_000)

  test('another program than that of L1 is refused', async () => {
    const proving = interactive({
      l1: { rpcUrl: w.l1.url },
      account: honest!,
      tree: w.deployment.addresses.challengeTree,
      startBlock: w.deployment.startBlock,
      runner: replayerRunner({ ...toyProgram, codeRoot: `0x${'11'.repeat(32)}` }),
      store: memoryStorage(),
    })
    await expect(proving.enforce!(w.chain)).rejects.toMatchObject({ code: 'PROVING_PROGRAM_DIFFERS' })
  })
})

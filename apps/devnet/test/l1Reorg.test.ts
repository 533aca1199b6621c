import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { inboxAbi, optimismPortalAbi } from '@animechain/contracts'
import { eventually, patient } from '@animechain/testing'
import {
  createPublicClient,
  encodeFunctionData,
  http,
  parseGwei,
  type Abi,
  type Address,
  type Hash,
  type Hex,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getL2TransactionHashes } from 'viem/op-stack'
import { devnetChainId, users } from '../src/index.js'
import { clients, testDevnet } from './support.js'

const depth = 10
const depositor = users[1]!
const beneficiary = `0x${'d0'.repeat(20)}` as const
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an L1 reorg of ten blocks', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  let c: ReturnType<typeof clients>
  beforeAll(async () => {
    net = await testDevnet({ bridge: false, da: 'calldata' })
    c = clients(net)
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('rolls the safe head back, loses nothing that was acknowledged, and both nodes converge', async () => {
    const verifier = createPublicClient({
      chain: c.l2Chain,
      transport: http(net.verifierUrl, patient),
      cacheTime: 0,
    })
    const safeNumber = async () => (await c.l2.getBlock({ blockTag: 'safe' })).number!

    const acknowledged: Hash[] = []
    const deposits: { hash: Hash; raw: Hex }[] = []
    const l1Account = privateKeyToAccount(depositor.privateKey)
    const l1ChainId = await c.l1.getChainId()
    let flowing = true
    const transactions = (async () => {
      const nonces = new Map<number, number>()
      for (let i = 0; flowing; i++) {
        const user = 2 + (i % 3)
        const nonce = nonces.get(user) ?? 0
        const raw = await privateKeyToAccount(users[user]!.privateKey).signTransaction({
          chainId: devnetChainId,
          type: 'eip1559',
          to: `0x${'4c'.repeat(20)}`,
          value: 1n,
          nonce,
          gas: 21_000n,
          maxFeePerGas: parseGwei('10'),
          maxPriorityFeePerGas: 0n,
        })
        acknowledged.push(await c.l2.sendRawTransaction({ serializedTransaction: raw }))
        nonces.set(user, nonce + 1)
        await sleep(300)
      }
    })()
    const depositing = (async () => {
      for (let nonce = 0; flowing; nonce++) {
        const raw = await l1Account.signTransaction({
          chainId: l1ChainId,
          type: 'eip1559',
          to: net.deployment.addresses.optimismPortal,
          value: 1n,
          data: encodeFunctionData({
            abi: optimismPortalAbi,
            functionName: 'depositTransaction',
            args: [beneficiary, 1n, 100_000n, false, '0x'],
          }),
          nonce,
          gas: 500_000n,
          maxFeePerGas: parseGwei('100'),
          maxPriorityFeePerGas: parseGwei('1'),
        })
        deposits.push({ hash: await c.l1.sendRawTransaction({ serializedTransaction: raw }), raw })
        await sleep(1_500)
      }
    })()

    const first = await c.l1.getBlockNumber({ cacheTime: 0 })
    /** L1 blocks that the reorg would take away now and that hold such events. */
    const inReach = async (event: { address: Address; abi: Abi; eventName: string }) => {
      const fromBlock = (await c.l1.getBlockNumber({ cacheTime: 0 })) - BigInt(depth) + 1n
      const logs = await c.l1.getContractEvents({ ...event, fromBlock })
      return new Set(logs.map(({ blockNumber }) => blockNumber)).size
    }
    const { inbox, optimismPortal } = net.deployment.addresses
    const batches = { address: inbox, abi: inboxAbi, eventName: 'BatchAppended' }
    const deposited = { address: optimismPortal, abi: optimismPortalAbi, eventName: 'TransactionDeposited' }
    const mine = (everySeconds: number) => net.l1.request('evm_setIntervalMining', [everySeconds])
    await eventually(
      'blocks before and within reach of the reorg, with batches and deposits',
      async () => {
        // L1 stands still from here to the end of the reorg: what is within reach stays there, and the safe head, once back, stays back.
        await mine(0)
        const number = await c.l1.getBlockNumber({ cacheTime: 0 })
        const enough = number > first + BigInt(depth) + 4n && acknowledged.length > 10
        if (enough && (await inReach(batches)) >= 2 && (await inReach(deposited)) >= 2) return true
        await mine(1)
        return false
      },
      { timeoutMs: 120_000, intervalMs: 1_000 },
    )
    const batchAt = { address: inbox, abi: inboxAbi, functionName: 'batchAt' } as const
    const batchCount = await c.l1.readContract({ ...batchAt, functionName: 'batchCount' })
    const [, lastPosted] = await c.l1.readContract({ ...batchAt, args: [batchCount] })
    const safeBefore = await eventually(
      'the safe head of L1 as it stands',
      async () => {
        const number = await safeNumber()
        return number >= lastPosted && number
      },
      { timeoutMs: 120_000 },
    )
    const head = await c.l1.getBlock({ blockTag: 'latest' })
    await net.l1.request('anvil_reorg', [depth, []])
    expect((await c.l1.getBlock({ blockNumber: head.number })).hash).not.toBe(head.hash)
    await eventually('the safe head to roll back', async () => (await safeNumber()) < safeBefore, {
      timeoutMs: 120_000,
      intervalMs: 50,
    })
    await mine(1)

    await sleep(2_000)
    flowing = false
    await Promise.all([transactions, depositing])

    // Their senders send again what L1 dropped. L1 carries them in other blocks, so L2 knows them by other hashes.
    const gone: Hash[] = []
    for (const { hash, raw } of deposits) {
      if (await c.l1.getTransactionReceipt({ hash }).catch(() => undefined)) continue
      gone.push(hash)
      await c.l1.sendRawTransaction({ serializedTransaction: raw }).catch((error: Error) => {
        // It waits still, or was mined just now; its receipt is asked for below.
        if (!/already (imported|known)|nonce too low/i.test(error.message)) throw error
      })
    }
    expect(gone.length).toBeGreaterThan(0)
    for (const { hash } of deposits) {
      const receipt = await c.l1.waitForTransactionReceipt({ hash, timeout: 120_000 })
      expect(receipt.status).toBe('success')
      const [l2Hash] = getL2TransactionHashes(receipt)
      await eventually(`the deposit ${hash} on L2`, () => verifier.getTransactionReceipt({ hash: l2Hash! }), {
        timeoutMs: 120_000,
        intervalMs: 250,
      })
    }
    expect(await verifier.getBalance({ address: beneficiary })).toBe(BigInt(deposits.length))

    expect(acknowledged.length).toBeGreaterThan(10)
    for (const hash of acknowledged) {
      const receipt = await eventually(
        `${hash} on the verifier`,
        () => verifier.getTransactionReceipt({ hash }),
        { timeoutMs: 120_000, intervalMs: 250 },
      )
      expect(receipt.status).toBe('success')
      expect((await c.l2.getTransactionReceipt({ hash })).blockHash).toBe(receipt.blockHash)
    }
    // The safe chain grows past where it was.
    const end = await eventually(
      'the chain to go on',
      async () => {
        const number = await verifier.getBlockNumber({ cacheTime: 0 })
        return number > safeBefore ? number : undefined
      },
      { timeoutMs: 120_000, intervalMs: 250 },
    )
    for (let number = 0n; number <= end; number++) {
      const [a, b] = await Promise.all([
        c.l2.getBlock({ blockNumber: number }),
        verifier.getBlock({ blockNumber: number }),
      ])
      expect(a.hash).toBe(b.hash)
    }
  }, 600_000)
})

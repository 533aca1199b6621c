import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commandConfig, runCommand } from '@animechain/bridge-app'
import { eventually } from '@animechain/testing'
import { createPublicClient, http, parseEther, parseGwei, type Hash, type Hex } from 'viem'
import type { getWithdrawals } from 'viem/op-stack'
import { getL2TransactionHashes } from 'viem/op-stack'
import { users } from '../src/index.js'
import { clients, readyToFinalize, testDevnet, whileL1Stands } from './support.js'

/** Everything here is viem's published code on the deployment file; nothing of ours helps. */
describe('viem/op-stack, unmodified', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  let c: ReturnType<typeof clients>
  beforeAll(async () => {
    // The bridge runs as it does by default: it must leave every step of the guide to the user.
    net = await testDevnet()
    c = clients(net)
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('a deposit is found on L2 by the hash that viem computes', async () => {
    const before = await c.l2.getBalance({ address: c.account.address })
    const request = await c.l2.buildDepositTransaction({ mint: parseEther('1'), to: c.account.address })
    const hash = await c.l1Wallet.depositTransaction(request as never)
    const receipt = await c.l1.waitForTransactionReceipt({ hash })
    const [l2Hash] = getL2TransactionHashes(receipt)
    const l2Receipt = await c.l2.waitForTransactionReceipt({ hash: l2Hash!, timeout: 120_000 })
    expect(l2Receipt.status).toBe('success')
    expect(await c.l2.getBalance({ address: c.account.address })).toBe(before + parseEther('1'))
  }, 200_000)

  test('the verifier passes transactions on, and containers reach it by the name of their host', async () => {
    const verifier = createPublicClient({ chain: c.l2Chain, transport: http(net.verifierUrl) })
    const raw = await c.l2Wallet.signTransaction(
      (await c.l2Wallet.prepareTransactionRequest({
        account: c.account,
        to: `0x${'5b'.repeat(20)}`,
        value: 1n,
      } as never)) as never,
    )
    const hash = await verifier.sendRawTransaction({ serializedTransaction: raw as Hex })
    expect((await c.l2.waitForTransactionReceipt({ hash, timeout: 120_000 })).status).toBe('success')

    const answer = async (url: string, host: string) => {
      const sent = request(url, { method: 'POST', headers: { host, 'content-type': 'application/json' } })
      sent.end('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      let body = ''
      for await (const chunk of response) body += String(chunk)
      return { status: response.statusCode, body }
    }
    for (const url of [net.l2Url, net.verifierUrl!]) {
      expect(await answer(url, 'host.docker.internal:9545')).toMatchObject({ status: 200 })
      expect(await answer(url, 'evil.example')).toMatchObject({
        status: 403,
        body: expect.stringContaining('--rpc-hosts'),
      })
    }
  }, 200_000)

  test('estimateL1Fee is within 5% of what is charged', async () => {
    // A context entry must have been read before there is a fee at all.
    for (const [value, data] of [
      [1n, '0x'],
      [0n, `0x${'ab00'.repeat(400)}`],
    ] as const) {
      const to = `0x${'5a'.repeat(20)}` as const
      const request = { account: c.account, to, value, data } as const
      // L2 hears of L1's prices every so often, and young L1s lower theirs with every block: what is estimated at one is to be charged at the same.
      const { estimate, receipt } = await eventually(
        'an estimate and a charge at one price',
        async () => {
          const price = await c.l2.getL1BaseFee()
          const estimate = await c.l2.estimateL1Fee(request as never)
          const hash = await c.l2Wallet.sendTransaction(request as never)
          const receipt = (await c.l2.waitForTransactionReceipt({ hash })) as unknown as {
            l1Fee: bigint
            l1GasUsed: bigint
            l1GasPrice: bigint
          }
          return receipt.l1GasPrice === price ? { estimate, receipt } : undefined
        },
        { timeoutMs: 120_000 },
      )
      expect(receipt.l1Fee).toBeGreaterThan(0n)
      const ratio = Number((estimate * 10_000n) / receipt.l1Fee) / 10_000
      expect(ratio).toBeGreaterThan(0.95)
      expect(ratio).toBeLessThan(1.05)
      expect(typeof receipt.l1GasUsed).toBe('bigint')
      expect(typeof receipt.l1GasPrice).toBe('bigint')
    }
  }, 200_000)

  test('what a transaction costs is exactly gas and L1 fee of its receipt', async () => {
    const to = `0x${'5b'.repeat(20)}` as const
    const before = await c.l2.getBalance({ address: c.account.address })
    const hash = await c.l2Wallet.sendTransaction({
      to,
      value: 7n,
      maxPriorityFeePerGas: parseGwei('0.01'),
    } as never)
    const receipt = (await c.l2.waitForTransactionReceipt({ hash })) as unknown as {
      gasUsed: bigint
      effectiveGasPrice: bigint
      l1Fee: bigint
    }
    const after = await c.l2.getBalance({ address: c.account.address })
    expect(before - after).toBe(7n + receipt.gasUsed * receipt.effectiveGasPrice + receipt.l1Fee)
  }, 200_000)

  test('a withdrawal goes through initiate, prove and finalise', async () => {
    const value = parseEther('0.25')
    const target = `0x${'77'.repeat(20)}` as const
    const request = await c.l1.buildInitiateWithdrawal({ account: c.account, to: target, value } as never)
    const hash: Hash = await c.l2Wallet.initiateWithdrawal(request as never)
    const receipt = await c.l2.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    const targetChain = c.l2Chain as never
    expect(await c.l1.getWithdrawalStatus({ receipt, targetChain } as never)).toMatch(
      /waiting-to-prove|ready-to-prove/,
    )

    const { game, withdrawal } = (await c.l1.waitToProve({ receipt, targetChain } as never)) as unknown as {
      game: { l2BlockNumber: bigint }
      withdrawal: ReturnType<typeof getWithdrawals>[number]
    }
    expect(game.l2BlockNumber).toBeGreaterThanOrEqual(receipt.blockNumber)
    expect(await c.l1.getWithdrawalStatus({ receipt, targetChain } as never)).toBe('ready-to-prove')
    const proof = await c.l2.buildProveWithdrawal({ account: c.account, game, withdrawal } as never)
    await whileL1Stands(net, async () => {
      const proveHash = await c.l1Wallet.proveWithdrawal(proof as never)
      await net.l1.request('evm_mine')
      expect((await c.l1.waitForTransactionReceipt({ hash: proveHash })).status).toBe('success')
      expect(await c.l1.getWithdrawalStatus({ receipt, targetChain } as never)).toBe('waiting-to-finalize')
    })

    await c.l1.waitToFinalize({ targetChain, withdrawalHash: withdrawal.withdrawalHash } as never)
    // viem counts the proof's maturity; the assertion's own period ended before it (facts of the configuration), the node resolves it.
    await readyToFinalize(c, receipt)
    const finalizeHash = await c.l1Wallet.finalizeWithdrawal({ targetChain, withdrawal } as never)
    expect((await c.l1.waitForTransactionReceipt({ hash: finalizeHash })).status).toBe('success')
    expect(await c.l1.getBalance({ address: target })).toBe(value)
    expect(await c.l1.getWithdrawalStatus({ receipt, targetChain } as never)).toBe('finalized')
  }, 400_000)

  test('the command line finalises with its own proof while a stranger proves again and again', async () => {
    const said: string[] = []
    const loaded = commandConfig.load({
      argv: ['--l1-rpc-url', net.l1Url, '--l2-rpc-url', net.l2Url, '--deployment', net.chainFile].concat([
        '--key',
        users[2]!.privateKey,
        '--amount',
        '0.01',
        '--timeout',
        '300',
        'withdraw',
      ]),
      env: {},
    })
    if (loaded.status === 'text') throw new Error(loaded.text)
    let isDone = false
    const command = runCommand(loaded.positionals, loaded.values, (line) => void said.push(line)).finally(
      () => (isDone = true),
    )
    const line = (start: string) =>
      eventually(start, () => said.find((text) => text.startsWith(start)) ?? isDone, { timeoutMs: 200_000 })
    await line('Proved: 0x')
    const hash = /0x[0-9a-f]{64}/.exec(said.find((text) => text.startsWith('Withdraw ETH'))!)![0] as Hash
    const stranger = clients(net, 3)
    const receipt = await stranger.l2.waitForTransactionReceipt({ hash })
    const targetChain = stranger.l2Chain as never
    const ready = (await stranger.l1.waitToProve({ receipt, targetChain } as never)) as unknown as object
    let proofs = 0
    while (!isDone) {
      const proof = await stranger.l2.buildProveWithdrawal({ account: stranger.account, ...ready } as never)
      const proved = await stranger.l1Wallet.proveWithdrawal(proof as never).catch(() => undefined)
      if (proved) {
        await stranger.l1.waitForTransactionReceipt({ hash: proved })
        proofs++
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
    await command
    expect(proofs).toBeGreaterThan(1)
    expect(said.at(-1)).toMatch(/^Finalised: 0x/)
  }, 400_000)
})

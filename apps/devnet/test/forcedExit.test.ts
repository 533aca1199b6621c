import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, patient } from '@animechain/testing'
import {
  createPublicClient,
  encodeFunctionData,
  http,
  parseAbi,
  parseEther,
  type TransactionReceipt,
} from 'viem'
import { getL2TransactionHashes, getWithdrawals, publicActionsL2 } from 'viem/op-stack'
import { users } from '../src/index.js'
import { cliPath } from '../src/processes.js'
import { clients, readyToFinalize, testDevnet } from './support.js'

/** The sequencer is gone. The verifier, which anybody can run, shows the chain that L1 makes. */
describe('exit by force, with the sequencer stopped', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  let c: ReturnType<typeof clients>
  beforeAll(async () => {
    net = await testDevnet({ bridge: false, l1Config: { forceDelay: 4 } })
    c = clients(net)
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('a deposit and a withdrawal happen all the same, and the money arrives on L1', async () => {
    await net.stopProgram('sequencer')
    const l2 = createPublicClient({
      chain: c.l2Chain,
      transport: http(net.verifierUrl, patient),
      pollingInterval: 500,
    }).extend(publicActionsL2())
    const user = c.account.address
    const before = await l2.getBalance({ address: user })

    // A deposit, and a withdrawal that is itself a deposit: a call to the message passer.
    const deposit = await c.l1Wallet.depositTransaction({
      request: { gas: 100_000n, to: user, mint: parseEther('2') },
      targetChain: c.l2Chain,
    } as never)
    const depositReceipt = await c.l1.waitForTransactionReceipt({ hash: deposit })
    const target = `0x${'66'.repeat(20)}` as const
    const data = encodeFunctionData({
      abi: parseAbi(['function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable']),
      args: [target, 100_000n, '0x'],
    })
    const exit = await c.l1Wallet.depositTransaction({
      // The portal burns gas for what the deposit may use on L2, the more of it the lower L1's base fee, which may fall before the block comes.
      gas: 2_000_000n,
      request: {
        gas: 500_000n,
        to: '0x4200000000000000000000000000000000000016',
        value: parseEther('1'),
        data,
      },
      targetChain: c.l2Chain,
    } as never)
    const exitReceipt = await c.l1.waitForTransactionReceipt({ hash: exit })

    // Anybody forces the batch, with the command line.
    const force = () =>
      spawnSync(
        process.execPath,
        [
          '--no-warnings',
          cliPath('@animechain/bridge-app'),
          'force',
          '--l1-rpc-url',
          net.l1Url,
          '--deployment',
          join(net.directory, 'chain.json'),
        ],
        {
          env: { ...process.env, ANIMECHAIN_KEY: users[5]!.privateKey },
          encoding: 'utf8',
          timeout: 120_000,
        },
      )
    const early = force()
    if (early.status !== 0) expect(early.stderr).toMatch(/There is nothing to force now/)
    const forced =
      early.status === 0
        ? early
        : await eventually(
            'a batch that can be forced',
            () => {
              const result = force()
              return result.status === 0 && result
            },
            { timeoutMs: 120_000, intervalMs: 1_000 },
          )
    expect(forced.stdout).toMatch(/Forced a batch: 0x/)

    // Both are on L2 under the hashes that viem computes: the forcer brought the labels.
    const [depositHash] = getL2TransactionHashes(depositReceipt)
    const [exitHash] = getL2TransactionHashes(exitReceipt)
    const arrived = await l2.waitForTransactionReceipt({ hash: depositHash!, timeout: 120_000 })
    expect(arrived.status).toBe('success')
    const receipt: TransactionReceipt = await l2.waitForTransactionReceipt({
      hash: exitHash!,
      timeout: 120_000,
    })
    expect(receipt.status).toBe('success')
    expect(getWithdrawals(receipt)).toHaveLength(1)
    expect(await l2.getBalance({ address: user })).toBe(before + parseEther('1'))

    // With the sequencer the proposer is gone too: anybody asserts the output, with a bond.
    const asserted = spawnSync(
      process.execPath,
      [
        '--no-warnings',
        cliPath('@animechain/bridge-app'),
        'assert',
        '--l1-rpc-url',
        net.l1Url,
        '--l2-rpc-url',
        net.verifierUrl!,
        '--deployment',
        join(net.directory, 'chain.json'),
      ],
      { env: { ...process.env, ANIMECHAIN_KEY: users[5]!.privateKey }, encoding: 'utf8', timeout: 120_000 },
    )
    expect(asserted.stderr).toBe('')
    expect(asserted.stdout).toMatch(/Asserted output 0x[0-9a-f]{64} of block \d+/)

    const targetChain = c.l2Chain as never
    const { game, withdrawal } = await c.l1.waitToProve({ receipt, targetChain } as never)
    const proof = await l2.buildProveWithdrawal({ account: c.account, game, withdrawal } as never)
    const proved = await c.l1Wallet.proveWithdrawal({ ...(proof as object), targetChain } as never)
    expect((await c.l1.waitForTransactionReceipt({ hash: proved })).status).toBe('success')
    await c.l1.waitToFinalize({ targetChain, withdrawalHash: withdrawal.withdrawalHash } as never)
    // L1's clock is that of its newest block, which may be behind ours.
    await net.l1.request('evm_mine')
    const resolved = spawnSync(
      process.execPath,
      [
        '--no-warnings',
        cliPath('@animechain/bridge-app'),
        'resolve',
        '--l1-rpc-url',
        net.l1Url,
        '--deployment',
        join(net.directory, 'chain.json'),
      ],
      { env: { ...process.env, ANIMECHAIN_KEY: users[5]!.privateKey }, encoding: 'utf8', timeout: 120_000 },
    )
    expect(resolved.stderr).toBe('')
    await readyToFinalize(c, receipt)
    const finalized = await c.l1Wallet.finalizeWithdrawal({ targetChain, withdrawal } as never)
    expect((await c.l1.waitForTransactionReceipt({ hash: finalized })).status).toBe('success')
    expect(await c.l1.getBalance({ address: target })).toBe(parseEther('1'))
  }, 600_000)
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { optimismPortalAbi } from '@animechain/contracts'
import { eventually } from '@animechain/testing'
import {
  encodeFunctionData,
  parseAbi,
  parseGwei,
  type Address,
  type Hash,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getL2TransactionHashes } from 'viem/op-stack'
import { devnetChainId, users } from '../src/index.js'
import { clients, testDevnet } from './support.js'

const operations = 1_000
const finalized = 3
/** How many of the users deposit; the others send on L2. */
const depositors = 4
/** L2 gas of one deposit. All of them fit one L1 block, however fast they come: the portal takes 8,000,000 in each. */
const depositGas = 21_000n
const messagePasser: Address = '0x4200000000000000000000000000000000000016'
const passerAbi = parseAbi([
  'function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable',
])

/** Mulberry32: the same thousand operations in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('value', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  let c: ReturnType<typeof clients>
  beforeAll(async () => {
    net = await testDevnet({ bridge: false })
    c = clients(net)
  }, 200_000)
  afterAll(() => net?.dispose(), 180_000)

  test('is conserved to the wei over a thousand random deposits, transfers and withdrawals', async () => {
    const next = random(26_463)
    const below = (n: number) => Math.floor(next() * n)
    const amount = () => BigInt(1 + below(2 ** 31)) * BigInt(1 + below(2 ** 20))
    const strangers = Array.from(
      { length: 20 },
      (_, i) => `0x${(0xabc000 + i).toString(16).padStart(40, '0')}` as Address,
    )
    const anybody = () => (next() < 0.5 ? strangers[below(20)]! : users[below(users.length)]!.address)
    const plan = Array.from({ length: operations }, () => {
      const dice = next()
      const kind = dice < 0.2 ? 'deposit' : dice < 0.8 ? 'transfer' : 'withdrawal'
      const value = amount()
      // Some deposits want to pass on more than they bring, or nothing of it.
      // A deposit takes the next nonce of its sender on L2, so that those who deposit do not also send there.
      const user = kind === 'deposit' ? below(depositors) : depositors + below(users.length - depositors)
      return { kind, user, to: anybody(), value, passOn: value * BigInt(below(3)) }
    })

    const l1ChainId = await c.l1.getChainId()
    const fees = { maxFeePerGas: parseGwei('50'), maxPriorityFeePerGas: parseGwei('0.001') }
    const deposits: { hash: Hash; value: bigint }[] = []
    const transfers: Hash[] = []
    const withdrawals: { hash: Hash; value: bigint; user: number }[] = []
    await Promise.all(
      users.map(async ({ address, privateKey }, user) => {
        const account = privateKeyToAccount(privateKey)
        let l1Nonce = await c.l1.getTransactionCount({ address })
        let l2Nonce = await c.l2.getTransactionCount({ address })
        for (const { kind, to, value, passOn } of plan.filter((operation) => operation.user === user)) {
          if (kind === 'deposit') {
            const raw = await account.signTransaction({
              chainId: l1ChainId,
              type: 'eip1559',
              to: net.deployment.addresses.optimismPortal,
              value,
              data: encodeFunctionData({
                abi: optimismPortalAbi,
                functionName: 'depositTransaction',
                args: [to, passOn, depositGas, false, '0x'],
              }),
              nonce: l1Nonce++,
              gas: 500_000n,
              ...fees,
            })
            deposits.push({ hash: await c.l1.sendRawTransaction({ serializedTransaction: raw }), value })
            continue
          }
          const withdrawing = kind === 'withdrawal'
          const raw = await account.signTransaction({
            chainId: devnetChainId,
            type: 'eip1559',
            to: withdrawing ? messagePasser : to,
            value,
            ...(withdrawing
              ? {
                  data: encodeFunctionData({
                    abi: passerAbi,
                    functionName: 'initiateWithdrawal',
                    args: [strangers[below(20)]!, 100_000n, '0x'],
                  }),
                }
              : {}),
            nonce: l2Nonce++,
            gas: withdrawing ? 200_000n : 21_000n,
            ...fees,
          })
          const hash = await c.l2.sendRawTransaction({ serializedTransaction: raw })
          if (withdrawing) withdrawals.push({ hash, value, user })
          else transfers.push(hash)
        }
      }),
    )
    expect(deposits.length + transfers.length + withdrawals.length).toBe(operations)

    const l2Receipt = (hash: Hash): Promise<TransactionReceipt> =>
      eventually(`${hash} on L2`, () => c.l2.getTransactionReceipt({ hash }) as never, {
        timeoutMs: 90_000,
        intervalMs: 500,
      })
    let failed = 0
    for (const { hash } of deposits) {
      const receipt = await c.l1.waitForTransactionReceipt({ hash, timeout: 60_000 })
      expect(receipt.status).toBe('success')
      const [l2Hash] = getL2TransactionHashes(receipt)
      if ((await l2Receipt(l2Hash!)).status !== 'success') failed++
    }
    for (const hash of transfers) expect((await l2Receipt(hash)).status).toBe('success')
    for (const { hash } of withdrawals) expect((await l2Receipt(hash)).status).toBe('success')

    // A few go all the way, so that L1 pays out.
    const targetChain = c.l2Chain as never
    const chosen = withdrawals.slice(0, finalized)
    for (const { hash } of chosen) {
      const receipt = await l2Receipt(hash)
      const { game, withdrawal } = await c.l1.waitToProve({ receipt, targetChain } as never)
      const proof = await c.l2.buildProveWithdrawal({ account: c.account, game, withdrawal } as never)
      const proved = await c.l1Wallet.proveWithdrawal({ ...(proof as object), targetChain } as never)
      expect((await c.l1.waitForTransactionReceipt({ hash: proved })).status).toBe('success')
    }
    for (const { hash } of chosen) {
      const receipt = await l2Receipt(hash)
      const { withdrawal } = await c.l1.waitToProve({ receipt, targetChain } as never)
      await eventually(
        'the withdrawal to be ready',
        async () =>
          (await c.l1.getWithdrawalStatus({ receipt, targetChain } as never)) === 'ready-to-finalize',
        { timeoutMs: 60_000, intervalMs: 500 },
      )
      const paid = await c.l1Wallet.finalizeWithdrawal({ targetChain, withdrawal } as never)
      expect((await c.l1.waitForTransactionReceipt({ hash: paid })).status).toBe('success')
    }

    const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
    const { alloc } = net.deployment.rollup.genesis
    const allocated = sum(Object.values(alloc).map(({ balance }) => BigInt(balance ?? 0)))
    const everybody = new Set(
      [
        ...Object.keys(alloc),
        ...users.map(({ address }) => address),
        ...strangers,
        ...['11', '19', '1a', '1b'].map((end) => `0x42${'0'.repeat(36)}${end}`),
      ].map((address) => address.toLowerCase() as Address),
    )
    everybody.delete(messagePasser)
    const blockNumber = await c.l2.getBlockNumber({ cacheTime: 0 })
    const balances: bigint[] = []
    for (const address of everybody) balances.push(await c.l2.getBalance({ address, blockNumber }))
    const supply = sum(balances)
    const deposited = sum(deposits.map(({ value }) => value))
    const withdrawn = sum(withdrawals.map(({ value }) => value))
    const paidOut = sum(chosen.map(({ value }) => value))
    const locked = await c.l1.getBalance({ address: net.deployment.addresses.optimismPortal })

    expect(await c.l2.getBalance({ address: messagePasser, blockNumber })).toBe(withdrawn)
    expect(supply).toBe(allocated + deposited - withdrawn)
    expect(locked).toBe(allocated + deposited - paidOut)
    expect(locked).toBeGreaterThanOrEqual(supply)
    expect(failed).toBeLessThan(deposits.length)
  }, 400_000)

  test('moves while one client asks for calls that never end', async () => {
    const trap: Address = `0x${'7a'.repeat(20)}`
    // JUMPDEST PUSH1 0 JUMP
    const overrides = { [trap]: { code: '0x5b600056' } }
    // The same as a transaction that used up 10 M gas.
    const burnt = await c.l2Wallet.sendTransaction({ data: '0x5b600056', gas: 10_000_000n } as never)
    expect((await c.l2.waitForTransactionReceipt({ hash: burnt, timeout: 120_000 })).status).toBe('reverted')
    let attacking = true
    let ended = 0
    const ask = (method: string, params: unknown[]) =>
      fetch(net.l2Url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      }).then((response) => response.json())
    const attacks = [
      () => ask('eth_createAccessList', [{ to: trap }, 'latest', overrides]),
      () =>
        ask('debug_traceCall', [{ to: trap }, 'latest', { stateOverrides: overrides, disableStack: true }]),
      () => ask('eth_estimateGas', [{ to: trap }, 'latest', overrides]),
      () => ask('eth_createAccessList', [{ to: trap }, 'latest', overrides]),
      () => ask('debug_traceTransaction', [burnt, {}]),
      () => ask('debug_traceTransaction', [burnt, { tracer: 'callTracer' }]),
    ].map(async (attack) => {
      while (attacking) {
        await attack()
        ended++
      }
    })
    const from = await c.l2.getBlockNumber()
    for (let i = 0; i < 3; i++) {
      const hash = await c.l2Wallet.sendTransaction({ to: trap, value: 1n } as never)
      expect((await c.l2.waitForTransactionReceipt({ hash, timeout: 120_000 })).status).toBe('success')
      // Somebody else's call, with a state of its own, is answered meanwhile.
      expect(await c.l2.call({ to: trap, data: '0x', account: c.account })).toEqual({ data: undefined })
    }
    expect(await c.l2.getBlockNumber()).toBeGreaterThan(from)
    await eventually('every attack to be answered too, in its turn', () => ended >= 6)
    attacking = false
    await Promise.all(attacks)
  }, 300_000)
})

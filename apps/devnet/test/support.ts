import { readDeployment } from '@animechain/stack'
import { eventually, patient } from '@animechain/testing'
import {
  createPublicClient,
  createWalletClient,
  http,
  publicActions,
  type Chain,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { publicActionsL1, publicActionsL2, walletActionsL1, walletActionsL2 } from 'viem/op-stack'
import { temporaryDevnet, users, type Devnet, type DevnetOptions } from '../src/index.js'

/** A devnet of its own, in which tests see blocks go to L1 that have nothing in them. */
export const testDevnet = (options: DevnetOptions = {}) =>
  temporaryDevnet({ maxBatchAge: 2, maxIdleBatchAge: options.maxBatchAge ?? 2, ...options })

/** viem clients as a user would make them, from the deployment file alone. */
export function clients(net: Pick<Devnet, 'chainFile'>, user = 0) {
  const { l1, l2 } = readDeployment(net.chainFile) as { l1: Chain; l2: Chain }
  const account = privateKeyToAccount(users[user]!.privateKey)
  return {
    l1Chain: l1,
    l2Chain: l2,
    account,
    l1: createPublicClient({ chain: l1, transport: http(undefined, patient), pollingInterval: 250 }).extend(
      publicActionsL1(),
    ),
    l2: createPublicClient({ chain: l2, transport: http(undefined, patient), pollingInterval: 250 }).extend(
      publicActionsL2(),
    ),
    l1Wallet: createWalletClient({ chain: l1, transport: http(undefined, patient), account })
      .extend(walletActionsL1())
      .extend(publicActions),
    l2Wallet: createWalletClient({ chain: l2, transport: http(undefined, patient), account })
      .extend(walletActionsL2())
      .extend(publicActions),
  }
}

/** L1 stands still while `body` runs: what it asserts about L1's newest block holds however long it takes. */
export async function whileL1Stands<T>(net: Pick<Devnet, 'l1'>, body: () => Promise<T>): Promise<T> {
  await net.l1.request('evm_setIntervalMining', [0])
  try {
    return await body()
  } finally {
    await net.l1.request('evm_setIntervalMining', [1])
  }
}

/** Waits until the portal pays a withdrawal: viem's own waiting counts on the wall clock, L1's is that of its newest block. */
export async function readyToFinalize(
  { l1, l2Chain }: Pick<ReturnType<typeof clients>, 'l1' | 'l2Chain'>,
  receipt: TransactionReceipt,
): Promise<void> {
  await eventually(
    'the withdrawal to be ready',
    async () =>
      (await l1.getWithdrawalStatus({ receipt, targetChain: l2Chain } as never)) === 'ready-to-finalize',
    { timeoutMs: 120_000, intervalMs: 500 },
  )
}

import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { outputHistory, type Hash, type Hex } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import {
  concatHex,
  decodeFunctionData,
  encodeFunctionData,
  parseGwei,
  sliceHex,
  type Transaction,
} from 'viem'
import { rootOf, type L1World } from './l1World.js'

/** Bytes of an assertion's extra data, whose last word is the history. */
const EXTRA_DATA = 160

/** The newest transaction that made an assertion, after a block. */
export async function assertingTransaction(
  { client, deployment }: L1World,
  after: bigint,
): Promise<Transaction> {
  for (let number = await client.getBlockNumber({ cacheTime: 0 }); number > after; number--) {
    const { transactions } = await client.getBlock({ blockNumber: number, includeTransactions: true })
    const found = transactions.find(
      ({ to }) => to?.toLowerCase() === deployment.addresses.disputeGameFactory.toLowerCase(),
    )
    if (found) return found
  }
  throw new Error(`expected an assertion after block ${after}`)
}

/** The same transaction of the proposer with another output root, signed. */
export async function withRoot(
  { settlement }: L1World,
  transaction: Transaction,
  { blockNumber, outputRoot }: { blockNumber: bigint; outputRoot: Hash },
): Promise<Hex> {
  const { functionName, args } = decodeFunctionData({ abi: disputeGameFactoryAbi, data: transaction.input })
  if (functionName !== 'create') throw new Error(`expected a call of create, got ${functionName}`)
  const { historyHeight } = await settlement.assertionRules()
  const roots = [rootOf(blockNumber - 2n), rootOf(blockNumber - 1n), outputRoot]
  const { history, proof } = outputHistory(roots, historyHeight)
  const data = encodeFunctionData({
    ...{ abi: disputeGameFactoryAbi, functionName },
    args: [args[0], outputRoot, concatHex([sliceHex(args[2], 0, EXTRA_DATA - 32), history, ...proof])],
  })
  const { nonce, value, to, gas } = transaction
  return testAccount(2).signTransaction({
    ...{ type: 'eip1559', chainId: 31_337, nonce, value, to, gas: 2n * gas, data },
    ...{ maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') },
  })
}

/** L1 goes back to a block, or one or two after it, and goes on with as many blocks as there were, the first of which has a transaction. */
export async function reorgTo({ client, l1 }: L1World, block: bigint, raw: Hex): Promise<void> {
  // Meanwhile there may be a block more: what is to go begins three after it at least.
  const depth = Number((await client.getBlockNumber({ cacheTime: 0 })) - block)
  await l1.request('anvil_reorg', [depth, [[raw, 0]]])
}

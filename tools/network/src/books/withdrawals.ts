import { l1CrossDomainMessengerAbi } from '@animechain/contracts/L1CrossDomainMessenger'
import { l1StandardBridgeAbi } from '@animechain/contracts/L1StandardBridge'
import type { Address, Hex } from '@animechain/core'
import type { TestWithdrawal } from '@animechain/testing'
import { encodeFunctionData } from 'viem'
import { people, remoteToken, type World } from './chain.js'

const l2 = (tail: string): Address => `0x42000000000000000000000000000000000000${tail}`
const BRIDGE = l2('10')
const MESSENGER = l2('07')

/** The four withdrawals of a claim: ETH, ETH, ETH through the bridge, tokens through the bridge. */
export function withdrawalsAt(
  { addresses: { l1CrossDomainMessenger, l1StandardBridge }, token }: World,
  claim: number,
  [first, second, third, tokens]: readonly [bigint, bigint, bigint, bigint],
): TestWithdrawal[] {
  const to: Address = `0x${'b0'.repeat(20)}`
  const plain = (value: bigint): TestWithdrawal => ({
    ...{ nonce: 0n, sender: people.user, target: to, value, gasLimit: 100_000n, data: '0x' },
  })
  const message = (number: bigint, value: bigint, call: Hex): TestWithdrawal => ({
    ...{ nonce: 0n, sender: MESSENGER, target: l1CrossDomainMessenger, value, gasLimit: 600_000n },
    data: encodeFunctionData({
      ...{ abi: l1CrossDomainMessengerAbi, functionName: 'relayMessage' },
      args: [(1n << 240n) | number, BRIDGE, l1StandardBridge, value, 200_000n, call],
    }),
  })
  const call = { abi: l1StandardBridgeAbi } as const
  const { user } = people
  return [
    plain(first),
    plain(second),
    message(
      2n * BigInt(claim),
      third,
      encodeFunctionData({ ...call, functionName: 'finalizeBridgeETH', args: [user, to, third, '0x'] }),
    ),
    message(
      2n * BigInt(claim) + 1n,
      0n,
      encodeFunctionData({
        ...call,
        ...{ functionName: 'finalizeBridgeERC20', args: [token, remoteToken, user, to, tokens, '0x'] },
      }),
    ),
  ]
}

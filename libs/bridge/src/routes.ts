import { InvalidInputError, predeploys } from '@animechain/core'
import { encodeFunctionData, isAddress, type Address, type Hex } from 'viem'
import {
  approvalAbi,
  erc1155BridgeAbi,
  erc721BridgeAbi,
  messagePasserAbi,
  portalAbi,
  standardBridgeAbi,
} from './abi.js'
import { checkAmount, type Amount, type Asset } from './assets.js'

/** A transaction for a wallet to sign and send. */
export interface RouteStep {
  /** what it is for, in words */
  label: string
  chain: 'l1' | 'l2'
  to: Address
  data: Hex
  /** wei */
  value: bigint
}

export type Direction = 'deposit' | 'withdraw'

export interface RouteRequest extends Amount {
  direction: Direction
  asset: Asset
  /** Who receives on the other chain. */
  to: Address
  /** gas for the message on the other chain; default 200,000 */
  minGasLimit?: number
}

/** Addresses of the bridges on L1, by the names of the deployment file. */
export interface BridgeAddresses {
  portal: Address
  l1StandardBridge: Address
  l1Erc721Bridge: Address
  l1Erc1155Bridge: Address
}

/**
 * The transactions that move an asset across, in order. The sender signs them; nothing is sent from here.
 * ETH goes through the portal and the message passer themselves: the cheapest way, and the one that forced inclusion keeps open.
 *
 * @throws {InvalidInputError} when asset and amount do not fit, or the receiver is no address.
 */
export function route(addresses: BridgeAddresses, request: RouteRequest): RouteStep[] {
  const { asset, direction, to, amount } = request
  checkAmount(asset, request)
  if (!isAddress(to)) throw new InvalidInputError('receiver', 'an address', to)
  const gas = request.minGasLimit ?? 200_000
  if (!Number.isInteger(gas) || gas < 21_000 || gas > 10_000_000)
    throw new InvalidInputError('minGasLimit', 'an integer from 21,000 to 10,000,000', gas)
  const deposit = direction === 'deposit'
  const chain = deposit ? 'l1' : 'l2'

  if (asset.type === 'eth') {
    return deposit
      ? [
          {
            label: 'Deposit ETH',
            chain,
            to: addresses.portal,
            data: encodeFunctionData({
              abi: portalAbi,
              functionName: 'depositTransaction',
              args: [to, amount, BigInt(gas), false, '0x'],
            }),
            value: amount,
          },
        ]
      : [
          {
            label: 'Withdraw ETH',
            chain,
            to: predeploys.l2ToL1MessagePasser,
            data: encodeFunctionData({
              abi: messagePasserAbi,
              functionName: 'initiateWithdrawal',
              args: [to, BigInt(gas), '0x'],
            }),
            value: amount,
          },
        ]
  }

  const [local, remote] = deposit ? [asset.l1Token, asset.l2Token] : [asset.l2Token, asset.l1Token]
  const verb = deposit ? 'Deposit' : 'Withdraw'
  switch (asset.type) {
    case 'erc20': {
      const bridge = deposit ? addresses.l1StandardBridge : predeploys.l2StandardBridge
      const step = {
        label: `${verb} ERC-20`,
        chain,
        to: bridge,
        data: encodeFunctionData({
          abi: standardBridgeAbi,
          functionName: 'bridgeERC20To',
          args: [local, remote, to, amount, gas, '0x'],
        }),
        value: 0n,
      } as const
      // The L2 token lets its bridge burn without an approval.
      return deposit ? [approve(chain, local, bridge, amount), step] : [step]
    }
    case 'erc721': {
      const bridge = deposit ? addresses.l1Erc721Bridge : predeploys.l2Erc721Bridge
      const step = {
        label: `${verb} ERC-721`,
        chain,
        to: bridge,
        data: encodeFunctionData({
          abi: erc721BridgeAbi,
          functionName: 'bridgeERC721To',
          args: [local, remote, to, request.tokenId!, gas, '0x'],
        }),
        value: 0n,
      } as const
      return deposit ? [approve(chain, local, bridge, request.tokenId!), step] : [step]
    }
    case 'erc1155': {
      const bridge = deposit ? addresses.l1Erc1155Bridge : predeploys.l2Erc1155Bridge
      const step = {
        label: `${verb} ERC-1155`,
        chain,
        to: bridge,
        data: encodeFunctionData({
          abi: erc1155BridgeAbi,
          functionName: 'bridgeERC1155To',
          args: [local, remote, to, request.tokenId!, amount, gas, '0x'],
        }),
        value: 0n,
      } as const
      const approveAll = {
        label: 'Approve the bridge',
        chain,
        to: local,
        data: encodeFunctionData({
          abi: approvalAbi,
          functionName: 'setApprovalForAll',
          args: [bridge, true],
        }),
        value: 0n,
      } as const
      return deposit ? [approveAll, step] : [step]
    }
  }
}

function approve(chain: 'l1' | 'l2', token: Address, spender: Address, amountOrId: bigint): RouteStep {
  return {
    label: 'Approve the bridge',
    chain,
    to: token,
    data: encodeFunctionData({ abi: approvalAbi, functionName: 'approve', args: [spender, amountOrId] }),
    value: 0n,
  }
}

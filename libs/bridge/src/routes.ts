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

/** Way of a transfer: `deposit` to L2, `withdraw` to L1. */
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
  /** Needed for quotes of fast exits; default: that of the chain object of L2. */
  l1CrossDomainMessenger?: Address
  l1StandardBridge: Address
  l1Erc721Bridge: Address
  l1Erc1155Bridge: Address
}

/** Gas for the message on the other chain that may be asked for. */
const MIN_GAS = 21_000
const MAX_GAS = 10_000_000

/** Where a transfer leaves from and to whom it goes. */
interface Crossing {
  verb: 'Deposit' | 'Withdraw'
  isDeposit: boolean
  chain: 'l1' | 'l2'
  to: Address
  amount: bigint
  gas: number
}

type Token<T extends Asset['type']> = Extract<Asset, { type: T }>

/** The token on the chain that it leaves, and on the other. */
const sides = ({ l1Token, l2Token }: Token<'erc20' | 'erc721' | 'erc1155'>, { isDeposit }: Crossing) =>
  isDeposit ? ([l1Token, l2Token] as const) : ([l2Token, l1Token] as const)

/** @throws {InvalidInputError} */
function crossingOf({ asset, direction, to, ...request }: RouteRequest): Crossing {
  checkAmount(asset, request)
  if (!isAddress(to)) throw new InvalidInputError('receiver', 'an address', to)
  const gas = request.minGasLimit ?? 200_000
  if (!Number.isInteger(gas) || gas < MIN_GAS || gas > MAX_GAS)
    throw new InvalidInputError('minGasLimit', 'an integer from 21,000 to 10,000,000', gas)
  const isDeposit = direction === 'deposit'
  return {
    verb: isDeposit ? 'Deposit' : 'Withdraw',
    isDeposit,
    chain: isDeposit ? 'l1' : 'l2',
    to,
    amount: request.amount,
    gas,
  }
}

function ethRoute(portal: Address, { verb, isDeposit, chain, to, amount, gas }: Crossing): RouteStep[] {
  const data = isDeposit
    ? encodeFunctionData({
        abi: portalAbi,
        functionName: 'depositTransaction',
        args: [to, amount, BigInt(gas), false, '0x'],
      })
    : encodeFunctionData({
        abi: messagePasserAbi,
        functionName: 'initiateWithdrawal',
        args: [to, BigInt(gas), '0x'],
      })
  const contract = isDeposit ? portal : predeploys.l2ToL1MessagePasser
  return [{ label: `${verb} ETH`, chain, to: contract, data, value: amount }]
}

function erc20Route(l1Bridge: Address, asset: Token<'erc20'>, crossing: Crossing): RouteStep[] {
  const { verb, isDeposit, chain, to, amount, gas } = crossing
  const [local, remote] = sides(asset, crossing)
  const bridge = isDeposit ? l1Bridge : predeploys.l2StandardBridge
  const data = encodeFunctionData({
    abi: standardBridgeAbi,
    functionName: 'bridgeERC20To',
    args: [local, remote, to, amount, gas, '0x'],
  })
  const step: RouteStep = { label: `${verb} ERC-20`, chain, to: bridge, data, value: 0n }
  // The L2 token lets its bridge burn without an approval.
  return isDeposit ? [approve(chain, local, bridge, amount), step] : [step]
}

function erc721Route(
  l1Bridge: Address,
  asset: Token<'erc721'>,
  crossing: Crossing,
  tokenId: bigint,
): RouteStep[] {
  const { verb, isDeposit, chain, to, gas } = crossing
  const [local, remote] = sides(asset, crossing)
  const bridge = isDeposit ? l1Bridge : predeploys.l2Erc721Bridge
  const data = encodeFunctionData({
    abi: erc721BridgeAbi,
    functionName: 'bridgeERC721To',
    args: [local, remote, to, tokenId, gas, '0x'],
  })
  const step: RouteStep = { label: `${verb} ERC-721`, chain, to: bridge, data, value: 0n }
  return isDeposit ? [approve(chain, local, bridge, tokenId), step] : [step]
}

function erc1155Route(
  l1Bridge: Address,
  asset: Token<'erc1155'>,
  crossing: Crossing,
  tokenId: bigint,
): RouteStep[] {
  const { verb, isDeposit, chain, to, amount, gas } = crossing
  const [local, remote] = sides(asset, crossing)
  const bridge = isDeposit ? l1Bridge : predeploys.l2Erc1155Bridge
  const data = encodeFunctionData({
    abi: erc1155BridgeAbi,
    functionName: 'bridgeERC1155To',
    args: [local, remote, to, tokenId, amount, gas, '0x'],
  })
  const step: RouteStep = { label: `${verb} ERC-1155`, chain, to: bridge, data, value: 0n }
  return isDeposit ? [approveAll(chain, local, bridge), step] : [step]
}

/**
 * The transactions that move an asset across, in order. The sender signs them; nothing is sent from here.
 * ETH goes through the portal and the message passer themselves: the cheapest way, and the one that forced inclusion keeps open.
 *
 * @throws {InvalidInputError} when asset and amount do not fit, or the receiver is no address.
 */
export function route(addresses: BridgeAddresses, request: RouteRequest): RouteStep[] {
  const { asset, tokenId } = request
  const crossing = crossingOf(request)
  switch (asset.type) {
    case 'eth':
      return ethRoute(addresses.portal, crossing)
    case 'erc20':
      return erc20Route(addresses.l1StandardBridge, asset, crossing)
    case 'erc721':
      return erc721Route(addresses.l1Erc721Bridge, asset, crossing, tokenId!)
    case 'erc1155':
      return erc1155Route(addresses.l1Erc1155Bridge, asset, crossing, tokenId!)
  }
}

const approval = (chain: 'l1' | 'l2', token: Address, data: Hex): RouteStep => ({
  label: 'Approve the bridge',
  chain,
  to: token,
  data,
  value: 0n,
})

const approve = (chain: 'l1' | 'l2', token: Address, spender: Address, amountOrId: bigint): RouteStep =>
  approval(
    chain,
    token,
    encodeFunctionData({ abi: approvalAbi, functionName: 'approve', args: [spender, amountOrId] }),
  )

const approveAll = (chain: 'l1' | 'l2', token: Address, spender: Address): RouteStep =>
  approval(
    chain,
    token,
    encodeFunctionData({ abi: approvalAbi, functionName: 'setApprovalForAll', args: [spender, true] }),
  )

import { predeploys } from '@animechain/core'
import { encodeFunctionData, parseAbi, zeroAddress, type Address, type Hex } from 'viem'
import type { Withdrawal } from '../transfers.js'

/** The contracts on L1 that trust the portal, or are trusted as it is. */
export interface TrustedContracts {
  portal: Address
  inbox: Address
  messenger: Address
  standardBridge: Address
  erc721Bridge: Address
  erc1155Bridge: Address
}

/** What a withdrawal moves: an amount of one asset. */
export interface MovedAmount {
  /** token on L1; zero for ETH */
  token: Address
  /** its twin on L2; zero for ETH */
  remoteToken: Address
  /** wei, or the token's smallest unit */
  amount: bigint
}

/** Whether a withdrawal may be paid early, and what it moves; or why not. */
export type InsuredClass = ({ insured: true } & MovedAmount) | { insured: false; why: string }

const relayAbi = parseAbi([
  'function relayMessage(uint256 nonce, address sender, address target, uint256 value, uint256 minGas, bytes message)',
])
const finalizeAbi = parseAbi([
  'function finalizeBridgeETH(address from, address to, uint256 amount, bytes extraData)',
  'function finalizeBridgeERC20(address localToken, address remoteToken, address from, address to, uint256 amount, bytes extraData)',
])

/** Bytes of `relayMessage` with a message of `finalizeBridgeETH`, or of `finalizeBridgeERC20`, without extra data. */
const ETH_BYTES = 420
const ERC20_BYTES = 484
/** Places of what is read in these, in bytes. The message begins at 228 with its selector. */
const NONCE = 4
const MIN_GAS = 132
const MESSAGE_WORDS = 232
const MAX_WORD = 2n ** 256n - 1n
const MAX_MIN_GAS = 2n ** 32n - 1n

const same = (a: Hex, b: Hex): boolean => a.toLowerCase() === b.toLowerCase()
const refused = (why: string): InsuredClass => ({ insured: false, why })

/** The word at a place. The bytes are known to be there. */
const wordAt = (data: Hex, place: number): bigint => BigInt(`0x${data.slice(2 + 2 * place, 66 + 2 * place)}`)
/** The low 20 bytes of the nth word of the message; others are found when it is encoded again. */
const addressAt = (data: Hex, n: number): Address => {
  const end = 2 + 2 * (MESSAGE_WORDS + 32 * n + 32)
  return `0x${data.slice(end - 40, end)}`
}

/** Whether the messenger is called with this message from bridge to bridge, byte for byte. */
function isRelay({ data, value }: Pick<Withdrawal, 'data' | 'value'>, bridge: Address, message: Hex) {
  const [nonce, minGas] = [wordAt(data, NONCE), wordAt(data, MIN_GAS)]
  if (nonce >> 240n !== 1n || minGas > MAX_MIN_GAS) return false
  const args = [nonce, predeploys.l2StandardBridge, bridge, value, minGas, message] as const
  return same(data, encodeFunctionData({ abi: relayAbi, functionName: 'relayMessage', args }))
}

const notThat = refused('its message is not exactly what the standard bridge sends without extra data')

function etherOf(withdrawal: Pick<Withdrawal, 'data' | 'value'>, bridge: Address): InsuredClass {
  const { data, value } = withdrawal
  const message = encodeFunctionData({
    abi: finalizeAbi,
    functionName: 'finalizeBridgeETH',
    args: [addressAt(data, 0), addressAt(data, 1), value, '0x'],
  })
  if (!isRelay(withdrawal, bridge, message)) return notThat
  return { insured: true, token: zeroAddress, remoteToken: zeroAddress, amount: value }
}

function tokensOf(withdrawal: Pick<Withdrawal, 'data' | 'value'>, bridge: Address): InsuredClass {
  const { data } = withdrawal
  const [token, remoteToken] = [addressAt(data, 0), addressAt(data, 1)]
  const amount = wordAt(data, MESSAGE_WORDS + 4 * 32)
  const message = encodeFunctionData({
    abi: finalizeAbi,
    functionName: 'finalizeBridgeERC20',
    args: [token, remoteToken, addressAt(data, 2), addressAt(data, 3), amount, '0x'],
  })
  if (!isRelay(withdrawal, bridge, message)) return notThat
  // The token zero would be taken for ETH.
  if (same(token, zeroAddress)) return refused('it names no token')
  return amount === 0n ? refused('it moves nothing') : { insured: true, token, remoteToken, amount }
}

/**
 * What a withdrawal moves, if it does nothing else, and so may be paid early: docs/spec/network.md, section 5. As strict as `InsuredClasses` on L1:
 * what is read is encoded again and must be the same bytes. Pure, never throws. Whether a token is listed, and enough of it is locked, L1 says.
 */
export function insuredClass(
  withdrawal: Pick<Withdrawal, 'sender' | 'target' | 'value' | 'data'>,
  trusted: TrustedContracts,
): InsuredClass {
  const { sender, target, value, data } = withdrawal
  if (!/^0x(?:[0-9a-f]{2})*$/i.test(data) || value < 0n || value > MAX_WORD)
    return refused('it is no withdrawal')
  if (data.length === 2) {
    if (value === 0n) return refused('it moves nothing')
    if (Object.values(trusted).some((contract: Address) => same(target, contract)))
      return refused('its target is a contract that trusts the portal')
    return { insured: true, token: zeroAddress, remoteToken: zeroAddress, amount: value }
  }
  if (!same(sender, predeploys.l2CrossDomainMessenger) || !same(target, trusted.messenger))
    return refused('it has data and does not go from messenger to messenger')
  const bytes = (data.length - 2) / 2
  if (bytes === ETH_BYTES && value !== 0n) return etherOf(withdrawal, trusted.standardBridge)
  if (bytes === ERC20_BYTES && value === 0n) return tokensOf(withdrawal, trusted.standardBridge)
  return notThat
}

import { l1CrossDomainMessengerAbi } from '@animechain/contracts/L1CrossDomainMessenger'
import { l1StandardBridgeAbi } from '@animechain/contracts/L1StandardBridge'
import { keccak256Hex, type Address, type Hash, type Hex } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  hexToBytes,
  numberToHex,
  parseAbiParameters,
  size,
  toHex,
} from 'viem'
import { people, remoteToken, type World } from './chain.js'

/** As the portal takes it. */
export interface Withdrawal {
  nonce: bigint
  sender: Address
  target: Address
  value: bigint
  gasLimit: bigint
  data: Hex
}

/** An output, and what proves the withdrawals in it. */
export interface Output {
  withdrawals: readonly Withdrawal[]
  root: Hash
  proof: { version: Hash; stateRoot: Hash; messagePasserStorageRoot: Hash; latestBlockhash: Hash }
  /** branch and leaf of a withdrawal in the storage trie of the message passer */
  branches: readonly (readonly Hex[])[]
}

const hash = (data: Hex): Hash => keccak256Hex(hexToBytes(data))
const word = (value: bigint | number): Hex => numberToHex(value, { size: 32 })
const l2 = (tail: string): Address => `0x42000000000000000000000000000000000000${tail}`
const BRIDGE = l2('10')
const MESSENGER = l2('07')

/** The four withdrawals of a claim: ETH, ETH, ETH through the bridge, tokens through the bridge. */
export function withdrawalsAt(
  { addresses: { l1CrossDomainMessenger, l1StandardBridge }, token }: World,
  claim: number,
  [first, second, third, tokens]: readonly [bigint, bigint, bigint, bigint],
): Withdrawal[] {
  const to: Address = `0x${'b0'.repeat(20)}`
  const plain = (value: bigint): Withdrawal => ({
    ...{ nonce: 0n, sender: people.user, target: to, value, gasLimit: 100_000n, data: '0x' },
  })
  const message = (number: bigint, value: bigint, call: Hex): Withdrawal => ({
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

const fields = parseAbiParameters('uint256, address, address, uint256, uint256, bytes')

const pathOf = (w: Withdrawal): Hash => {
  const of = hash(encodeAbiParameters(fields, [w.nonce, w.sender, w.target, w.value, w.gasLimit, w.data]))
  return hash(hash(concatHex([of, word(0)])))
}

/** A withdrawal with a nonce with which its path in the trie begins with this nibble. */
function placed(w: Withdrawal, nibble: number, from: bigint): Withdrawal {
  for (let nonce = (1n << 240n) | from; ; nonce++)
    if (Number.parseInt(pathOf({ ...w, nonce })[2]!, 16) === nibble) return { ...w, nonce }
}

/** An odd number of nibbles is left of the path: the first of them stands in the flag's byte. */
const leafOf = (w: Withdrawal): Hex => concatHex(['0xe2a0', `0x3${pathOf(w).slice(3)}`, '0x01'])

/** An output with up to sixteen withdrawals: one branch, and a leaf for each. */
export function outputOf(wanted: readonly Withdrawal[], claim: number): Output {
  const withdrawals = wanted.map((w, i) => placed(w, i, BigInt(claim) << 32n))
  const leaves = withdrawals.map(leafOf)
  const items = concatHex(
    Array.from({ length: 17 }, (_, i) => (leaves[i] ? concatHex(['0xa0', hash(leaves[i])]) : '0x80')),
  )
  const branch = concatHex([`0xf8${toHex(size(items)).slice(2)}`, items])
  const proof = {
    ...{ version: word(0), stateRoot: word(claim) },
    ...{ messagePasserStorageRoot: hash(branch), latestBlockhash: word(1) },
  }
  return {
    ...{ withdrawals, proof, root: hash(concatHex(Object.values(proof))) },
    branches: leaves.map((leaf) => [branch, leaf]),
  }
}

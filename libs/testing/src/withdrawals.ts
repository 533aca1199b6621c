import { InvalidInputError, keccak256Hex, type Address, type Hash, type Hex } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  hexToBytes,
  numberToHex,
  parseAbiParameters,
  size,
  toHex,
} from 'viem'

/** A withdrawal as the portal on L1 takes it. */
export interface TestWithdrawal {
  nonce: bigint
  sender: Address
  target: Address
  /** wei */
  value: bigint
  gasLimit: bigint
  data: Hex
}

/** An output root of an L2 of which there are only withdrawals, and what proves these. */
export interface TestOutput {
  /** with the nonces that they have in it */
  withdrawals: readonly TestWithdrawal[]
  root: Hash
  /** what `root` is the hash of */
  proof: { version: Hash; stateRoot: Hash; messagePasserStorageRoot: Hash; latestBlockhash: Hash }
  /** branch and leaf of each withdrawal in the storage trie of the message passer */
  branches: readonly (readonly Hex[])[]
}

const hash = (data: Hex): Hash => keccak256Hex(hexToBytes(data))
const word = (value: bigint | number): Hex => numberToHex(value, { size: 32 })
const fields = parseAbiParameters('uint256, address, address, uint256, uint256, bytes')

const pathOf = (w: TestWithdrawal): Hash => {
  const of = hash(encodeAbiParameters(fields, [w.nonce, w.sender, w.target, w.value, w.gasLimit, w.data]))
  return hash(hash(concatHex([of, word(0)])))
}

/** A withdrawal with a nonce with which its path in the trie begins with this nibble. */
function placed(w: TestWithdrawal, nibble: number, from: bigint): TestWithdrawal {
  for (let nonce = (1n << 240n) | from; ; nonce++)
    if (Number.parseInt(pathOf({ ...w, nonce })[2]!, 16) === nibble) return { ...w, nonce }
}

/** An odd number of nibbles is left of the path: the first of them stands in the flag's byte. */
const leafOf = (w: TestWithdrawal): Hex => concatHex(['0xe2a0', `0x3${pathOf(w).slice(3)}`, '0x01'])

/**
 * An output of an L2 of which there are only these withdrawals, provable on L1: one branch of a trie, and a leaf for each.
 * @param wanted two to seven; their nonces are chosen here
 * @param seed another one gives other nonces and another root, below 2^53
 * @throws {InvalidInputError} for another number of withdrawals, with which the branch has another form
 */
export function withdrawalOutput(wanted: readonly TestWithdrawal[], seed: number): TestOutput {
  if (wanted.length < 2 || wanted.length > 7)
    throw new InvalidInputError('withdrawals', 'two to seven', wanted.length)
  const withdrawals = wanted.map((w, i) => placed(w, i, BigInt(seed) << 32n))
  const leaves = withdrawals.map(leafOf)
  const items = concatHex(
    Array.from({ length: 17 }, (_, i) => (leaves[i] ? concatHex(['0xa0', hash(leaves[i])]) : '0x80')),
  )
  const branch = concatHex([`0xf8${toHex(size(items)).slice(2)}`, items])
  const proof = {
    ...{ version: word(0), stateRoot: word(seed) },
    ...{ messagePasserStorageRoot: hash(branch), latestBlockhash: word(1) },
  }
  return {
    ...{ withdrawals, proof, root: hash(concatHex(Object.values(proof))) },
    branches: leaves.map((leaf) => [branch, leaf]),
  }
}

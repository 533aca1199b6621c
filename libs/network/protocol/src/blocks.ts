import {
  InvalidInputError,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  type Address,
  type Hash,
} from '@animechain/core'
import type { NetworkDomain } from './messages.js'
import { merkleTree, type Tree } from './tree.js'
import { networkDomainSeparator } from './typedHash.js'

function bytesOf(name: string, value: string, size: number): Uint8Array {
  if (value.length !== 2 + 2 * size || !/^0x[0-9a-f]*$/i.test(value))
    throw new InvalidInputError(name, `${size} bytes of hex`, value)
  return hexToBytes(value)
}

const saltTag = keccak256(new TextEncoder().encode('animechain/network/salt/1'))

/** What a salt is of. */
export interface SaltOf {
  /** 32 bytes that nobody but the verifier has, apart from its key */
  secret: Uint8Array
  domain: NetworkDomain
  key: Address
  batchIndex: bigint
  batchAcc: Hash
}

/**
 * Salt of a verifier's tree for a batch: `H(H("animechain/network/salt/1") ‖ secret ‖ domain separator ‖ key as a word ‖ batchIndex ‖ batchAcc)`. The
 * same again at any time, so that nothing needs to be kept for a reveal; and without the secret as good as random.
 * @throws {InvalidInputError}
 */
export function saltOf({ secret, domain, key, batchIndex, batchAcc }: SaltOf): Hash {
  // The secret is not in the message: errors are logged.
  if (secret.length !== 32) throw new InvalidInputError('secret', '32 bytes', `${secret.length} bytes`)
  return bytesToHex(
    keccak256(
      concatBytes(
        saltTag,
        secret,
        hexToBytes(networkDomainSeparator(domain)),
        new Uint8Array(12),
        bytesOf('key', key, 20),
        bigIntToBytes(batchIndex, 32),
        bytesOf('batchAcc', batchAcc, 32),
      ),
    ),
  )
}

/** Leaf of a block: `H(H(key(20) ‖ salt(32) ‖ uint256 number ‖ outputRoot))`. @throws {InvalidInputError} */
export function blockLeaf(key: Address, salt: Hash, number: bigint, outputRoot: Hash): Hash {
  return bytesToHex(leafOf(bytesOf('key', key, 20), bytesOf('salt', salt, 32), number, outputRoot))
}

const leafOf = (key: Uint8Array, salt: Uint8Array, number: bigint, outputRoot: Hash): Uint8Array =>
  keccak256(
    keccak256(concatBytes(key, salt, bigIntToBytes(number, 32), bytesOf('outputRoot', outputRoot, 32))),
  )

/** What a verifier commits to with `blocksRoot`. */
export interface BlocksOf {
  key: Address
  salt: Hash
  /** first block after the parent's */
  firstBlock: bigint
  /** of each block from the first to the assertion's, without a gap */
  outputRoots: readonly Hash[]
}

/** Tree over the blocks of an assertion; leaf i is block `firstBlock + i`. @throws {InvalidInputError} */
export function blocksTree({ key, salt, firstBlock, outputRoots }: BlocksOf): Tree {
  const [keyBytes, saltBytes] = [bytesOf('key', key, 20), bytesOf('salt', salt, 32)]
  return merkleTree(
    outputRoots.map((outputRoot, i) => leafOf(keyBytes, saltBytes, firstBlock + BigInt(i), outputRoot)),
  )
}

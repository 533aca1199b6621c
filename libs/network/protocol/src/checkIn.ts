import {
  InvalidInputError,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  type Hash,
} from '@animechain/core'
import { merkleTree, type Tree } from './tree.js'

/** A batch that was attested in an epoch, as a check-in commits to it. docs/spec/network.md, section 8 */
export interface CheckedIn {
  /** `certificateId` of the attestation's body */
  bodyId: Hash
  blocksRoot: Hash
  firstBlock: bigint
  /** how many blocks `blocksRoot` is over */
  blocks: bigint
}

const word = (name: string, value: string): Uint8Array => {
  if (!/^0x[0-9a-f]{64}$/i.test(value)) throw new InvalidInputError(name, '32 bytes of hex', value)
  return hexToBytes(value)
}

/** Leaf of a check-in: `H(H(abi.encode(uint256 index, bodyId, blocksRoot, firstBlock, blocks)))`. @throws {InvalidInputError} */
export const checkInLeaf = (index: number, { bodyId, blocksRoot, firstBlock, blocks }: CheckedIn): Hash =>
  bytesToHex(
    keccak256(
      keccak256(
        concatBytes(
          bigIntToBytes(BigInt(index), 32),
          word('bodyId', bodyId),
          word('blocksRoot', blocksRoot),
          bigIntToBytes(firstBlock, 32),
          bigIntToBytes(blocks, 32),
        ),
      ),
    ),
  )

/** Tree of a check-in over the batches of an epoch, in the order given: `root` and `count` go to L1. @throws {InvalidInputError} */
export const checkInTree = (batches: readonly CheckedIn[]): Tree =>
  merkleTree(batches.map((each, i) => hexToBytes(checkInLeaf(i, each))))

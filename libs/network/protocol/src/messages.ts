import type { Address, Hash, Hex } from '@animechain/core'

/** "The assertion `game` is right; I derived it myself." docs/spec/network.md, section 2 */
export interface Attestation {
  /** dispute game that makes the claim */
  game: Address
  batchIndex: bigint
  /** accumulator of the inbox after that batch: which of L1's histories is meant */
  batchAcc: Hash
  /** last L2 block of the batch */
  l2BlockNumber: bigint
  outputRoot: Hash
  /** root of the verifier's own tree of blocks: `blocksTree` */
  blocksRoot: Hash
  /** epoch of stake in which L1 has the assertion's creation */
  epoch: bigint
}

/** "The assertion `game` is wrong: I derived another root." Anybody's; whoever gets it derives the batch itself. Section 8 */
export interface Alarm {
  game: Address
  batchIndex: bigint
  batchAcc: Hash
  l2BlockNumber: bigint
  /** output root of the assertion */
  claimed: Hash
  /** output root of who raises the alarm */
  derived: Hash
}

/** The sequencer has made a block. It is worth no more than `unsafe`. Section 10 */
export interface BlockAnnouncement {
  number: bigint
  hash: Hash
  parentHash: Hash
  /** keccak256 of the bytes that peers give for the block */
  payloadHash: Hash
  /** seconds */
  timestamp: bigint
}

/** A message with its signature: 65 bytes, r ‖ s ‖ v, s in the lower half, v 27 or 28. */
export interface Signed<message> {
  message: message
  signature: Hex
}

/** Messages by the kind that topics and routes name. */
export interface MessageOfKind {
  attestation: Attestation
  alarm: Alarm
  block: BlockAnnouncement
}

/** `attestation`, `alarm`, `block`. */
export type MessageKind = keyof MessageOfKind

/** Every kind of message. */
export const messageKinds = ['attestation', 'alarm', 'block'] as const satisfies readonly MessageKind[]

/** Where attestations and alarms count: EIP-712 domain of the stake registry on L1. */
export interface NetworkDomain {
  /** chain id of L1 */
  chainId: number
  /** `StakeRegistry` */
  registry: Address
}

/** Where block announcements count: EIP-712 domain of L2, which has no contract for them. */
export interface BlockDomain {
  /** chain id of L2 */
  chainId: number
}

/** The domain that messages of a kind are signed in. */
export type DomainOfKind<kind extends MessageKind> = kind extends 'block' ? BlockDomain : NetworkDomain

/** EIP-712 types, by kind. */
export const networkTypes = {
  attestation: {
    Attestation: [
      { name: 'game', type: 'address' },
      { name: 'batchIndex', type: 'uint256' },
      { name: 'batchAcc', type: 'bytes32' },
      { name: 'l2BlockNumber', type: 'uint256' },
      { name: 'outputRoot', type: 'bytes32' },
      { name: 'blocksRoot', type: 'bytes32' },
      { name: 'epoch', type: 'uint64' },
    ],
  },
  alarm: {
    Alarm: [
      { name: 'game', type: 'address' },
      { name: 'batchIndex', type: 'uint256' },
      { name: 'batchAcc', type: 'bytes32' },
      { name: 'l2BlockNumber', type: 'uint256' },
      { name: 'claimed', type: 'bytes32' },
      { name: 'derived', type: 'bytes32' },
    ],
  },
  block: {
    Block: [
      { name: 'number', type: 'uint256' },
      { name: 'hash', type: 'bytes32' },
      { name: 'parentHash', type: 'bytes32' },
      { name: 'payloadHash', type: 'bytes32' },
      { name: 'timestamp', type: 'uint64' },
    ],
  },
} as const

/** EIP-712 domain of attestations and alarms, as wallets take it. */
export const networkDomain = ({ chainId, registry }: NetworkDomain) =>
  ({
    name: 'Animechain Verifier Network',
    version: '1',
    chainId,
    verifyingContract: registry,
  }) as const

/** EIP-712 domain of block announcements, as wallets take it. */
export const blockDomain = ({ chainId }: BlockDomain) => ({ name: 'Animechain Blocks', chainId }) as const

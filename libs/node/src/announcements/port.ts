import type { Address, Hash } from '@animechain/core'

/** What the sequencer says of a block that it built. docs/spec/network.md, section 10 */
export interface BlockAnnouncement {
  number: bigint
  hash: Hash
  parentHash: Hash
  /** keccak256 of the block's payload */
  payloadHash: Hash
  /** seconds */
  timestamp: bigint
}

/** An announcement as it came. */
export interface SignedAnnouncement extends BlockAnnouncement {
  /** whose signature it has, in lower case */
  signer: Address
  /** whoever sent it, to be asked first for the payload; undefined: this node itself */
  from?: string
}

/** How block announcements and payloads go from node to node. What carries them is up to the composition; a node believes nothing of it but signatures and hashes. */
export interface BlockGossip {
  /** Who signs what this node announces; undefined: it announces nothing. */
  readonly signer: Address | undefined
  /** Signs an announcement and sends it. Throws where it was not sent. */
  publish(announcement: BlockAnnouncement): Promise<void>
  /**
   * Announcements from now on, one after the other: the next one comes when the listener is done.
   * @returns ends it
   */
  subscribe(listener: (announcement: SignedAnnouncement) => Promise<void>): () => void
  /** The payload with this hash, verified. Throws where nobody has it, or it is longer than `maxBytes`. */
  fetchPayload(
    hash: Hash,
    options: { from?: string; maxBytes: number; signal: AbortSignal },
  ): Promise<Uint8Array>
}

/** What a node with announcements knows of blocks, for those who carry them. */
export interface Announcements {
  /** Whether a key is the one that L1 names; undefined: L1 did not say yet. */
  isSequencer(key: Address): Promise<boolean | undefined>
  /** The payload with this hash, of the blocks that were announced last. */
  payload(hash: Hash): Uint8Array | undefined
}

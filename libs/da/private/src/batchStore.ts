import type { Address, Hash, Hex } from '@animechain/core'
import type { SealedBytes, SealedDescriptor } from '@animechain/vault-format'
import type { Availability } from '@animechain/vault-protocol'

/** What a committee has, or why it says nothing. Never thrown. */
export type Found<T> =
  | { status: 'found'; value: T }
  /** `authoritative`: every member says that it has it not */
  | { status: 'missing'; authoritative: boolean }
  | { status: 'unavailable'; error: Error }

/** A member's signature of a certificate. */
export interface MemberSignature {
  address: Address
  signature: Hex
}

/** What a batch needs of a storage committee. What comes from it was verified against the blob's id. */
export interface BatchStore {
  /**
   * Brings every shard to its node. May be repeated: what a node has is not sent again.
   * @throws {BaseError} when too few have theirs
   */
  put(sealed: SealedBytes, signal?: AbortSignal): Promise<void>
  /** Asks all members to certify. Signatures that are no member's are left out. */
  certify(what: Availability, body: Uint8Array, signal?: AbortSignal): Promise<readonly MemberSignature[]>
  descriptor(blob: Hash, signal?: AbortSignal): Promise<Found<SealedDescriptor>>
  /** All chunks, one after the other. */
  body(blob: Hash, descriptor: SealedDescriptor, signal?: AbortSignal): Promise<Found<Uint8Array>>
  health(): Promise<{ ok: boolean; detail?: string }>
}

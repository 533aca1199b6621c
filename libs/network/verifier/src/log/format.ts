import { randomBytes } from 'node:crypto'
import {
  bigIntToBytes,
  bytesToHex,
  equalBytes,
  hexToBytes,
  keccak256,
  type Address,
  type Hash,
} from '@animechain/core'
import { messageBytes, networkDomainSeparator, type NetworkDomain } from '@animechain/network-protocol'

/*
 * The log of signatures, version 1: a header, then records of one length.
 *
 *   header = magic (8) ‖ id (16) ‖ key (20) ‖ domain separator (32) ‖ zero (20) ‖ keccak256 of the 96 bytes before
 *   record = kind (1) ‖ zero (31) ‖ payload (384) ‖ head (32)
 *   head   = keccak256(head before ‖ kind ‖ zero ‖ payload); before the first record: the hash that ends the header
 *
 *   kind 1  signed     payload: the attestation as it goes over the wire
 *   kind 2  observed   payload: an attestation of the key that this log did not know: from here on nothing new is signed
 *   kind 3  floor      payload: uint256 batch ‖ zero: nothing new below that batch is signed from here on; what kind 2 forbade is allowed again
 */

const MAGIC = Buffer.from('acsigns\x01', 'latin1')
/** Bytes of the header. */
export const HEADER_BYTES = 128
/** Bytes of a record's payload. */
export const PAYLOAD_BYTES = messageBytes.attestation
/** Bytes of a record. */
export const RECORD_BYTES = 64 + PAYLOAD_BYTES

/** What a record says. */
export const recordKinds = { signed: 1, observed: 2, floor: 3 } as const
/** A number of {@link recordKinds}. */
export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds]

/** Whose log it is. */
export interface LogOwner {
  key: Address
  domain: NetworkDomain
}

/** A new header. The id is random: two logs of one key are told apart by it. */
export function newHeader({ key, domain }: LogOwner): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(MAGIC)
  header.set(randomBytes(16), 8)
  header.set(hexToBytes(key), 24)
  header.set(hexToBytes(networkDomainSeparator(domain)), 44)
  header.set(keccak256(header.subarray(0, 96)), 96)
  return header
}

/** What is in a header; undefined where the bytes are none. */
export function decodeHeader(
  header: Uint8Array,
): { id: `0x${string}`; key: Address; separator: Hash; head: Uint8Array } | undefined {
  if (header.length !== HEADER_BYTES || !equalBytes(header.subarray(0, 8), MAGIC)) return undefined
  if (!equalBytes(keccak256(header.subarray(0, 96)), header.subarray(96))) return undefined
  return {
    id: bytesToHex(header.subarray(8, 24)),
    key: bytesToHex(header.subarray(24, 44)),
    separator: bytesToHex(header.subarray(44, 76)),
    head: header.slice(96),
  }
}

/** A record behind one with this head. */
export function encodeRecord(kind: RecordKind, payload: Uint8Array, before: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_BYTES)
  record[0] = kind
  record.set(payload, 32)
  record.set(headOf(record, before), RECORD_BYTES - 32)
  return record
}

function headOf(record: Uint8Array, before: Uint8Array): Uint8Array {
  const hashed = new Uint8Array(RECORD_BYTES)
  hashed.set(before)
  hashed.set(record.subarray(0, RECORD_BYTES - 32), 32)
  return keccak256(hashed)
}

/** The payload of a floor. */
export function encodeFloor(batchIndex: bigint): Uint8Array {
  const payload = new Uint8Array(PAYLOAD_BYTES)
  payload.set(bigIntToBytes(batchIndex, 32))
  return payload
}

/** What is in a record; undefined where it is none that follows this head. */
export function decodeRecord(
  record: Uint8Array,
  before: Uint8Array,
): { kind: RecordKind; payload: Uint8Array; head: Uint8Array } | undefined {
  const head = record.subarray(RECORD_BYTES - 32)
  if (record.length !== RECORD_BYTES || !equalBytes(headOf(record, before), head)) return undefined
  const kind = record[0] as RecordKind
  if (!Object.values(recordKinds).includes(kind)) return undefined
  return { kind, payload: record.subarray(32, 32 + PAYLOAD_BYTES), head: head.slice() }
}

/** What a file system may not have written behind the length that it recorded is a whole number of these, bytes. */
const SECTOR = 512

/**
 * Whether what stands behind the last whole record is what a crash leaves of one write: part of a record, or sectors that were never written.
 * @param at where it begins, bytes
 */
export function isTorn(rest: Uint8Array, at: number): boolean {
  if (rest.length < RECORD_BYTES) return true
  if (rest.length > RECORD_BYTES) return false
  const boundary = Math.floor((at + RECORD_BYTES - 1) / SECTOR) * SECTOR
  return rest.subarray(Math.max(0, boundary - at)).every((byte) => byte === 0)
}

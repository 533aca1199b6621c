import { bytesToHex, depositTransactionType, keccak256, type Address } from '@animechain/core'
import { decodeDeposit, open } from './decodeTransaction.js'
import { encodeTransaction } from './encodeTransaction.js'
import { RlpError, RlpReader, rlpHeaderLength, writeRlpHeader } from './rlp.js'
import { recovery, type Recovery } from './secp256k1.js'
import { TransactionError, type Transaction } from './transaction.js'

/** Fields in front of the signature, by type. */
const UNSIGNED_FIELDS: Record<number, number> = { 0: 6, 1: 8, 2: 9, 3: 11, 4: 10 }

/** n / 2, the largest `s` of EIP-2; n is the order of secp256k1. */
const HALF_N = hex32('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')
const N = hex32('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')

/** A signed transaction taken apart for recovery. */
export interface SignedParts {
  /** what was signed, before hashing */
  payload: Uint8Array
  /** r ‖ s */
  signature: Uint8Array
  /** 0 or 1; anything else means that `v` is none of EIP-155's */
  parity: number
  chainId: bigint | undefined
}

/**
 * Sender of a transaction, from its bytes or decoded. For a deposit: its `from`.
 * Enforces EIP-2 (s at most n/2, for every type) and EIP-155 (v is 27, 28, or 35 and more).
 * Walks over the fields without checking them: use `decodeTransaction` where that matters. Does not compare the chain id.
 * @throws TransactionError `TX_INVALID_SIGNATURE`; for bytes also `TX_UNDECODABLE`, `TX_UNSUPPORTED_TYPE`
 */
export function recoverSender(tx: Uint8Array | Transaction, backend: Recovery = recovery()): Address {
  if (!(tx instanceof Uint8Array)) {
    if (tx.type === depositTransactionType) return tx.from
    return recoverSender(encodeTransaction(tx), backend)
  }
  if (tx[0] === depositTransactionType) return decodeDeposit(tx).from
  const parts = splitSigned(tx)
  const fault = signatureFault(parts)
  if (fault !== undefined) throw new TransactionError(fault, 'TX_INVALID_SIGNATURE')
  const point = backend.recover(keccak256(parts.payload), parts.signature, parts.parity)
  if (!point) throw new TransactionError('The signature belongs to no public key.', 'TX_INVALID_SIGNATURE')
  return bytesToHex(keccak256(point).subarray(12))
}

/** Why a signature cannot be one, before any curve arithmetic; undefined when it may be. */
export function signatureFault({ signature, parity }: SignedParts): string | undefined {
  if (parity !== 0 && parity !== 1) return 'Expected v of 27, 28 or at least 35.'
  if (isZero(signature, 0) || isZero(signature, 32)) return 'Expected r and s above zero.'
  if (compare32(signature, 0, N) >= 0) return 'Expected r below the order of the curve.'
  if (compare32(signature, 32, HALF_N) > 0)
    return 'Expected s of at most half the order of the curve (EIP-2).'
  return undefined
}

/**
 * Finds payload and signature without decoding the rest: fields are only walked over.
 * @throws TransactionError `TX_UNDECODABLE`, `TX_UNSUPPORTED_TYPE`
 */
export function splitSigned(raw: Uint8Array): SignedParts {
  const first = raw[0]
  if (first === undefined)
    throw new TransactionError('Expected a transaction, got no bytes.', 'TX_UNDECODABLE')
  const type = first >= 0xc0 ? 0 : first
  const count = first === 0 ? undefined : UNSIGNED_FIELDS[type]
  if (count === undefined)
    throw new TransactionError(
      `Expected a transaction of type 0, 1, 2, 3 or 4, got ${first}.`,
      'TX_UNSUPPORTED_TYPE',
    )
  try {
    const f = open(raw, type === 0 ? 0 : 1)
    const start = f.at
    let chainId = type === 0 ? undefined : new RlpReader(raw, start, f.end).uint()
    for (let i = 0; i < count; i++) {
      if (f.peekList()) f.list()
      else f.string()
    }
    const end = f.at
    const v = f.scalar(32)
    const signature = new Uint8Array(64)
    place32(signature, 0, f.scalar(32))
    place32(signature, 32, f.scalar(32))
    f.finish()
    if (type !== 0) {
      const parity = v.length === 0 ? 0 : v.length === 1 ? v[0]! : 255
      if (parity > 1) throw new RlpError('Expected yParity of 0 or 1.')
      return { payload: list(raw, start, end, type), signature, parity, chainId }
    }
    let parity = 255
    let tail: Uint8Array | undefined
    if (v.length === 1 && v[0]! < 35) {
      if (v[0] === 27 || v[0] === 28) parity = v[0] - 27
    } else if (v.length > 0) {
      let value = 0n
      for (const byte of v) value = (value << 8n) | BigInt(byte)
      chainId = (value - 35n) >> 1n
      parity = Number((value - 35n) & 1n)
      tail = eip155Tail(chainId)
    }
    return { payload: list(raw, start, end, 0, tail), signature, parity, chainId }
  } catch (error) {
    if (!(error instanceof RlpError)) throw error
    throw new TransactionError(`The bytes are no transaction of type ${type}.`, 'TX_UNDECODABLE', error)
  }
}

/** Encodings of (chainId, 0, 0), as EIP-155 appends them. */
function eip155Tail(chainId: bigint): Uint8Array {
  const digits = chainId === 0n ? '' : chainId.toString(16)
  const hex = digits.length % 2 ? `0${digits}` : digits
  const id = Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16))
  if (id.length === 1 && id[0]! < 0x80) return Uint8Array.of(id[0]!, 0x80, 0x80)
  return Uint8Array.of(0x80 + id.length, ...id, 0x80, 0x80)
}

function list(raw: Uint8Array, start: number, end: number, type: number, tail?: Uint8Array): Uint8Array {
  const length = end - start + (tail?.length ?? 0)
  const prefix = type === 0 ? 0 : 1
  const out = new Uint8Array(prefix + rlpHeaderLength(length) + length)
  if (prefix) out[0] = type
  const at = writeRlpHeader(out, prefix, length, 0xc0)
  out.set(raw.subarray(start, end), at)
  if (tail) out.set(tail, at + end - start)
  return out
}

function place32(out: Uint8Array, at: number, bytes: Uint8Array): void {
  out.set(bytes, at + 32 - bytes.length)
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 32; i++) if (bytes[at + i] !== 0) return false
  return true
}

function compare32(bytes: Uint8Array, at: number, other: Uint8Array): number {
  for (let i = 0; i < 32; i++) {
    const difference = bytes[at + i]! - other[i]!
    if (difference !== 0) return difference
  }
  return 0
}

function hex32(hex: string): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

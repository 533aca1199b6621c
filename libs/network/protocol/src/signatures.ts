import {
  InvalidInputError,
  bytesToHex,
  hexToBytes,
  keccak256,
  secp256k1Order,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import { recoverAddress, type TypedDataDefinition } from 'viem'
import type { DomainOfKind, MessageKind, MessageOfKind, Signed } from './messages.js'
import { messageHash, typedDataOf } from './typedHash.js'

const isScalar = (value: bigint, most: bigint): boolean => value > 0n && value <= most

/** Whether bytes have the one form of a key's signature: 65 bytes, 0 < r < n, 0 < s <= n / 2, v 27 or 28. */
export function isSignature(signature: Hex): boolean {
  if (!/^0x[0-9a-f]{128}(1b|1c)$/i.test(signature)) return false
  const [r, s] = [BigInt(signature.slice(0, 66)), BigInt(`0x${signature.slice(66, 130)}`)]
  return isScalar(r, secp256k1Order - 1n) && isScalar(s, secp256k1Order >> 1n)
}

/** A signature in 64 bytes (EIP-2098): the highest bit of `vs` is v - 27, the rest is s. */
export interface CompactSignature {
  r: Hash
  vs: Hash
}

/** @throws {InvalidInputError} where it {@link isSignature | is none} */
export function toCompact(signature: Hex): CompactSignature {
  if (!isSignature(signature))
    throw new InvalidInputError('signature', '65 bytes with s in the lower half, v 27 or 28', signature)
  const bytes = hexToBytes(signature)
  // s is below 2^255, so that its highest bit is free.
  bytes[32]! |= (bytes[64]! - 27) << 7
  return { r: bytesToHex(bytes.subarray(0, 32)), vs: bytesToHex(bytes.subarray(32, 64)) }
}

/** The 65 bytes of a compact signature; undefined where it is none. */
export function fromCompact({ r, vs }: CompactSignature): Hex | undefined {
  if (!/^0x[0-9a-f]{64}$/i.test(r) || !/^0x[0-9a-f]{64}$/i.test(vs)) return undefined
  const s = hexToBytes(vs)
  const v = 27 + (s[0]! >> 7)
  s[0]! &= 0x7f
  const signature: Hex = `0x${r.slice(2).toLowerCase()}${bytesToHex(s).slice(2)}${v.toString(16)}`
  return isSignature(signature) ? signature : undefined
}

/** Recovery of public keys of secp256k1, as `recovery()` of `@animechain/tx` gives the fastest that there is. */
export interface KeyRecovery {
  /**
   * The 64 bytes of the point (x ‖ y); undefined where there is none. `hash` and `signature` (r ‖ s) are 32 and 64 bytes, 0 < r, s < n was checked,
   * `parity` is 0 or 1.
   */
  recover(hash: Uint8Array, signature: Uint8Array, parity: number): Uint8Array | undefined
}

/** The key that signed a hash, in lower case; undefined where none did. Never throws. */
export function keyOfSignature(hash: Hash, signature: Hex, { recover }: KeyRecovery): Address | undefined {
  if (!isSignature(signature)) return undefined
  const bytes = hexToBytes(signature)
  const point = recover(hexToBytes(hash), bytes.subarray(0, 64), bytes[64]! - 27)
  return point && bytesToHex(keccak256(point).subarray(12))
}

/** What signs typed data: a local account of viem, a wallet. */
export interface MessageSigner {
  address: Address
  signTypedData(data: TypedDataDefinition): Promise<Hex>
}

/** A message with its signature. The log of a verifier's signatures is not here: `@animechain/network-verifier`. */
export async function signMessage<kind extends MessageKind>(
  signer: MessageSigner,
  kind: kind,
  domain: DomainOfKind<kind>,
  message: MessageOfKind[kind],
): Promise<Signed<MessageOfKind[kind]>> {
  return { message, signature: await signer.signTypedData(typedDataOf(kind, domain, message)) }
}

/**
 * Who signed a message, in lower case; undefined where nobody did, or not in the one form: one message then has one signature of a key.
 * By viem; {@link keyOfSignature} with {@link messageHash} is ten times as fast where a recovery is at hand.
 * @throws {InvalidInputError} for a message with a value that is none of its field's type
 */
export async function signerOf<kind extends MessageKind>(
  kind: kind,
  domain: DomainOfKind<kind>,
  { message, signature }: Signed<MessageOfKind[kind]>,
): Promise<Address | undefined> {
  const hash = messageHash(kind, domain, message)
  if (!isSignature(signature)) return undefined
  try {
    return (await recoverAddress({ hash, signature })).toLowerCase() as Address
  } catch {
    return undefined
  }
}

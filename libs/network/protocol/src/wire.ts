import { InvalidInputError, bytesToHex, hexToBytes } from '@animechain/core'
import type { Attestation, MessageKind, MessageOfKind, Signed } from './messages.js'
import { isSignature } from './signatures.js'
import { fieldsOfKind, readMessage, writeMessage } from './words.js'

/** Bytes of a message that a node takes at most, whatever its kind. */
export const maxMessageBytes = 4_096

/** What a decoder says: the value, or why there is none. Decoders do not throw. */
export type Decoded<value> = { ok: true; value: value } | { ok: false; why: string }

const refused = (why: string): { ok: false; why: string } => ({ ok: false, why })

/** Words behind a message's own: offset of the signature, its length, three with its bytes. */
const SIGNATURE_WORDS = 5
const SIGNATURE_BYTES = 65

const lengthOf = (kind: MessageKind): number => 32 * (fieldsOfKind[kind].length + SIGNATURE_WORDS)

/** Bytes of `abi.encode(message, signature)`: the same for every message of a kind. */
export const messageBytes: { readonly [kind in MessageKind]: number } = {
  attestation: lengthOf('attestation'),
  alarm: lengthOf('alarm'),
  block: lengthOf('block'),
}

/** Bytes of `abi.encode(attestation)`: what a remote signer is asked for. */
export const unsignedAttestationBytes = 32 * fieldsOfKind.attestation.length

/**
 * `abi.encode(message, bytes signature)`.
 * @throws {InvalidInputError} for a value that is none of its field's type, or a signature that is not in its one form
 */
export function encodeMessage<kind extends MessageKind>(
  kind: kind,
  { message, signature }: Signed<MessageOfKind[kind]>,
): Uint8Array {
  if (!isSignature(signature))
    throw new InvalidInputError('signature', '65 bytes with s in the lower half, v 27 or 28', signature)
  const out = new Uint8Array(messageBytes[kind])
  writeMessage(kind, message, out, 0)
  const head = 32 * fieldsOfKind[kind].length
  // Heads are the message's words and this offset.
  new DataView(out.buffer).setUint32(head + 28, head + 32)
  out[head + 63] = SIGNATURE_BYTES
  out.set(hexToBytes(signature), head + 64)
  return out
}

function signatureAt(bytes: Uint8Array, head: number): Decoded<`0x${string}`> {
  const word = (at: number, value: number): boolean => {
    for (let i = 0; i < 28; i++) if (bytes[at + i] !== 0) return false
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 28) === value
  }
  if (!word(head, head + 32)) return refused('the signature is not where it must be')
  if (!word(head + 32, SIGNATURE_BYTES)) return refused('the signature has not 65 bytes')
  for (let i = head + 64 + SIGNATURE_BYTES; i < bytes.length; i++)
    if (bytes[i] !== 0) return refused('the padding is not zero')
  const signature = bytesToHex(bytes.subarray(head + 64, head + 64 + SIGNATURE_BYTES))
  if (!isSignature(signature)) return refused('the signature is not in its one form')
  return { ok: true, value: signature }
}

/**
 * A message from its ABI encoding, strict: what is taken encodes again to the same bytes. Who signed it is not looked at. Never throws.
 */
export function decodeMessage<kind extends MessageKind>(
  kind: kind,
  bytes: Uint8Array,
): Decoded<Signed<MessageOfKind[kind]>> {
  if (bytes.length !== messageBytes[kind])
    return refused(`expected ${messageBytes[kind]} bytes, got ${bytes.length}`)
  const read = readMessage(kind, bytes, 0)
  if ('bad' in read) return refused(read.bad)
  const signature = signatureAt(bytes, 32 * fieldsOfKind[kind].length)
  return signature.ok ? { ok: true, value: { message: read.message, signature: signature.value } } : signature
}

/** `abi.encode(attestation)`, without a signature. @throws {InvalidInputError} */
export function encodeUnsigned(attestation: Attestation): Uint8Array {
  const out = new Uint8Array(unsignedAttestationBytes)
  writeMessage('attestation', attestation, out, 0)
  return out
}

/** An attestation that is to be signed, strict. Never throws. */
export function decodeUnsigned(bytes: Uint8Array): Decoded<Attestation> {
  if (bytes.length !== unsignedAttestationBytes)
    return refused(`expected ${unsignedAttestationBytes} bytes, got ${bytes.length}`)
  const read = readMessage('attestation', bytes, 0)
  return 'bad' in read ? refused(read.bad) : { ok: true, value: read.message }
}

/** Messages of one answer over HTTP at most. */
export const maxListed = 256

/**
 * Messages one after the other: each has the length of its kind.
 * @throws {InvalidInputError} for a message that is none, or more than {@link maxListed}
 */
export function encodeList<kind extends MessageKind>(
  kind: kind,
  messages: readonly Signed<MessageOfKind[kind]>[],
): Uint8Array {
  if (messages.length > maxListed)
    throw new InvalidInputError('messages', `at most ${maxListed}`, messages.length)
  const out = new Uint8Array(messages.length * messageBytes[kind])
  for (const [i, each] of messages.entries()) out.set(encodeMessage(kind, each), i * messageBytes[kind])
  return out
}

/** The messages of an answer, at most {@link maxListed}; refused as a whole where one of them is none. Never throws. */
export function decodeList<kind extends MessageKind>(
  kind: kind,
  bytes: Uint8Array,
): Decoded<Signed<MessageOfKind[kind]>[]> {
  const size = messageBytes[kind]
  if (bytes.length % size !== 0 || bytes.length > maxListed * size)
    return refused(`expected at most ${maxListed} messages of ${size} bytes, got ${bytes.length} bytes`)
  const value: Signed<MessageOfKind[kind]>[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const decoded = decodeMessage(kind, bytes.subarray(at, at + size))
    if (!decoded.ok) return refused(`message ${at / size}: ${decoded.why}`)
    value.push(decoded.value)
  }
  return { ok: true, value }
}

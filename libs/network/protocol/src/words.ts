import { InvalidInputError, bytesToHex, hexToBytes, type Hex } from '@animechain/core'
import { networkTypes, type MessageKind, type MessageOfKind } from './messages.js'

/** A field of a message. Messages of the network have fields of one word each, which is what makes their encodings of fixed length. */
export interface Field {
  readonly name: string
  readonly type: 'address' | 'bytes32' | 'uint256' | 'uint64'
}

/** Fields of a message, in their order. */
export const fieldsOfKind: { readonly [kind in MessageKind]: readonly Field[] } = {
  attestation: networkTypes.attestation.Attestation,
  alarm: networkTypes.alarm.Alarm,
  block: networkTypes.block.Block,
}

const bitsOf = { uint256: 256n, uint64: 64n } as const
const sizeOf = { address: 20, bytes32: 32 } as const

/** Writes a value as one word. @throws {InvalidInputError} where it is none of the field's type */
function writeWord({ name, type }: Field, value: unknown, out: Uint8Array, at: number): void {
  if (type === 'address' || type === 'bytes32') {
    const size = sizeOf[type]
    if (typeof value !== 'string' || value.length !== 2 + 2 * size || !/^0x[0-9a-f]*$/i.test(value))
      throw new InvalidInputError(name, type, value)
    out.set(hexToBytes(value), at + 32 - size)
    return
  }
  if (typeof value !== 'bigint' || value < 0n || value >> bitsOf[type] !== 0n)
    throw new InvalidInputError(name, type, value)
  let rest = value
  for (let i = at + 31; rest !== 0n; i--, rest >>= 8n) out[i] = Number(rest & 0xffn)
}

/** Words of a message, one after the other from `at` on. @throws {InvalidInputError} */
export function writeMessage(kind: MessageKind, message: object, out: Uint8Array, at: number): void {
  for (const [i, field] of fieldsOfKind[kind].entries())
    writeWord(field, (message as Record<string, unknown>)[field.name], out, at + 32 * i)
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

function readWord({ type }: Field, bytes: Uint8Array, at: number): Hex | bigint | undefined {
  if (type === 'bytes32') return bytesToHex(bytes.subarray(at, at + 32))
  const used = type === 'address' ? 20 : Number(bitsOf[type]) / 8
  if (!isZero(bytes, at, at + 32 - used)) return undefined
  const hex = bytesToHex(bytes.subarray(at + 32 - used, at + 32))
  return type === 'address' ? hex : BigInt(hex)
}

/** The message whose words stand at `at`; the name of the field that is none of its type where there is one. */
export function readMessage<kind extends MessageKind>(
  kind: kind,
  bytes: Uint8Array,
  at: number,
): { message: MessageOfKind[kind] } | { bad: string } {
  const message: Record<string, Hex | bigint> = {}
  for (const [i, field] of fieldsOfKind[kind].entries()) {
    const value = readWord(field, bytes, at + 32 * i)
    if (value === undefined) return { bad: `${field.name} is no ${field.type}` }
    message[field.name] = value
  }
  return { message: message as never }
}

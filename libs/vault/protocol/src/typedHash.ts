import {
  InvalidInputError,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  secp256k1Order,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import { vaultDomain, vaultTypes, type VaultDomain } from './typedData.js'

/** A field of a type: the types here have no structs within, and arrays of fixed words alone. */
interface Field {
  readonly name: string
  readonly type: string
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const hashOfText = (text: string): Uint8Array => keccak256(utf8(text))

const typeHash = (name: string, fields: readonly Field[]): Uint8Array =>
  hashOfText(`${name}(${fields.map((each) => `${each.type} ${each.name}`).join(',')})`)

/** Hex of a value of `size` bytes; of any number of bytes where it is undefined. @throws {InvalidInputError} */
function bytesOf({ name, type }: Field, value: unknown, size?: number): Uint8Array {
  const isHex = typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value)
  if (!isHex || (size !== undefined && value.length !== 2 + 2 * size))
    throw new InvalidInputError(name, type, value)
  return hexToBytes(value)
}

function integerWord({ name, type }: Field, value: unknown, out: Uint8Array, at: number): void {
  const bits = Number(type.slice(4))
  const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
  let rest = isWhole ? BigInt(value) : -1n
  if (rest < 0n || rest >> BigInt(bits) !== 0n) throw new InvalidInputError(name, type, value)
  for (let i = at + 31; rest !== 0n; i--, rest >>= 8n) out[i] = Number(rest & 0xffn)
}

/** Writes the word of one field. EIP-712, "Definition of encodeData" */
function writeWord(field: Field, value: unknown, out: Uint8Array, at: number): void {
  const { name, type } = field
  if (type.endsWith('[]')) {
    const element = { name, type: type.slice(0, -2) }
    if (!Array.isArray(value)) throw new InvalidInputError(name, type, value)
    const words = new Uint8Array(32 * value.length)
    for (const [i, each] of value.entries()) writeWord(element, each, words, 32 * i)
    out.set(keccak256(words), at)
  } else if (type === 'address') out.set(bytesOf(field, value, 20), at + 12)
  else if (type === 'bytes') out.set(keccak256(bytesOf(field, value)), at)
  else if (type === 'bool') {
    if (typeof value !== 'boolean') throw new InvalidInputError(name, type, value)
    out[at + 31] = value ? 1 : 0
  } else if (type === 'string') out.set(hashOfText(String(value)), at)
  else if (type.startsWith('bytes')) out.set(bytesOf(field, value, Number(type.slice(5))), at)
  else integerWord(field, value, out, at)
}

function structHash(hash: Uint8Array, fields: readonly Field[], message: object): Uint8Array {
  const words = new Uint8Array(32 * (1 + fields.length))
  words.set(hash)
  for (const [i, field] of fields.entries())
    writeWord(field, (message as Record<string, unknown>)[field.name], words, 32 * (i + 1))
  return keccak256(words)
}

const domainFields: readonly Field[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
]
const domainType = typeHash('EIP712Domain', domainFields)

let newestDomain: { of: VaultDomain; separator: Uint8Array } | undefined

/** A program works in one domain as a rule: the newest is remembered. */
function separatorOf(domain: VaultDomain): Uint8Array {
  const { chainId, registry } = domain
  if (newestDomain?.of.chainId !== chainId || newestDomain.of.registry !== registry)
    newestDomain = {
      of: { chainId, registry },
      separator: structHash(domainType, domainFields, vaultDomain(domain)),
    }
  return newestDomain.separator
}

const typeHashes = new Map<string, Uint8Array>()

/**
 * EIP-712 hash of a message of the store: what `hashTypedData` of viem gives, which looks at types anew for each message and takes ten times as long.
 * @throws {InvalidInputError} for a value that is none of its field's type
 */
export function vaultMessageHash(domain: VaultDomain, name: keyof typeof vaultTypes, message: object): Hash {
  const fields: readonly Field[] = vaultTypes[name]
  let type = typeHashes.get(name)
  if (type === undefined) typeHashes.set(name, (type = typeHash(name, fields)))
  return bytesToHex(
    keccak256(concatBytes(Uint8Array.of(0x19, 0x01), separatorOf(domain), structHash(type, fields, message))),
  )
}

/** Recovery of public keys of secp256k1, as `recovery()` of `@animechain/tx` gives the fastest that there is. */
export interface KeyRecovery {
  /**
   * The 64 bytes of the point (x ‖ y); undefined where there is none. `hash` and `signature` (r ‖ s) are 32 and 64 bytes, 0 < r, s < n was checked,
   * `parity` is 0 or 1.
   */
  recover(hash: Uint8Array, signature: Uint8Array, parity: number): Uint8Array | undefined
}

const isScalar = (value: bigint, most: bigint): boolean => value > 0n && value <= most

/** Whether bytes have the form of a key's signature: 65 bytes, r and s below the order and not zero, s in the lower half, v 27 or 28. */
export function isKeySignature(signature: Hex): boolean {
  if (!/^0x[0-9a-f]{128}(1b|1c)$/i.test(signature)) return false
  const [r, s] = [BigInt(signature.slice(0, 66)), BigInt(`0x${signature.slice(66, 130)}`)]
  return isScalar(r, secp256k1Order - 1n) && isScalar(s, secp256k1Order >> 1n)
}

/** The key that signed a hash, in lower case; undefined where none did. {@link isKeySignature} */
export function keyOfSignature(hash: Hash, signature: Hex, { recover }: KeyRecovery): Address | undefined {
  if (!isKeySignature(signature)) return undefined
  const bytes = hexToBytes(signature)
  const point = recover(hexToBytes(hash), bytes.subarray(0, 64), bytes[64]! - 27)
  return point && bytesToHex(keccak256(point).subarray(12))
}

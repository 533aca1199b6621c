import { BaseError, type Hex } from '@animechain/core'
import { bigintOf, type SignedShareSet } from './api.js'
import type { MessageName, MessageOf, Signed } from './messages.js'
import { vaultTypes } from './typedData.js'

const malformed = (path: string, expected: string, got: unknown) => {
  const shown = typeof got === 'string' ? got : (JSON.stringify(got) ?? String(got))
  return new BaseError(
    `Expected ${expected} as ${path}, got ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}.`,
    { code: 'VAULT_MALFORMED' },
  )
}

/** Longest array of a message: a path has 8 elements, a committee at most 255 key nodes. */
const MAX_ELEMENTS = 255

/**
 * Bytes of JSON, in lower case.
 * @param size bytes expected; any number where it is undefined
 * @throws {BaseError} `VAULT_MALFORMED`
 */
export function hexOf(value: unknown, path: string, size?: number): Hex {
  const bytes = typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value)
  if (!bytes || (size !== undefined && value.length !== 2 + 2 * size))
    throw malformed(path, size === undefined ? 'hex of whole bytes' : `${size} bytes of hex`, value)
  return value.toLowerCase() as Hex
}

/** @throws {BaseError} `VAULT_MALFORMED` */
export function integerOf(value: unknown, path: string, most: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw malformed(path, `a whole number from 0 to ${most}`, value)
  return value
}

/** @throws {BaseError} `VAULT_MALFORMED` */
export function uintOf(value: unknown, path: string, bits: number): bigint {
  const found = bigintOf(value)
  if (found === undefined || found >> BigInt(bits) !== 0n)
    throw malformed(path, `a decimal string of at most ${bits} bits`, value)
  return found
}

/**
 * The fields of a JSON object, which has exactly these.
 * @throws {BaseError} `VAULT_MALFORMED`
 */
export function fieldsOf<const names extends readonly string[]>(
  value: unknown,
  path: string,
  names: names,
  optional: readonly string[] = [],
): Record<names[number], unknown> & Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(path, `an object { ${names.join(', ')} }`, value)
  for (const name of names)
    if (!Object.hasOwn(value, name)) throw malformed(`${path}.${name}`, 'a value', undefined)
  for (const name of Object.keys(value))
    if (!names.includes(name) && !optional.includes(name))
      throw malformed(path, `no field ${name.slice(0, 40)}`, value)
  return value as Record<names[number], unknown>
}

function fieldOf(type: string, value: unknown, path: string): unknown {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value) || value.length > MAX_ELEMENTS)
      throw malformed(path, `a list of at most ${MAX_ELEMENTS}`, value)
    return value.map((each, i) => fieldOf(type.slice(0, -2), each, `${path}[${i}]`))
  }
  if (type === 'address') return hexOf(value, path, 20)
  if (type === 'bytes') return hexOf(value, path)
  if (type === 'bool') {
    if (typeof value !== 'boolean') throw malformed(path, 'true or false', value)
    return value
  }
  if (type.startsWith('bytes')) return hexOf(value, path, Number(type.slice(5)))
  const bits = Number(type.slice(4))
  return bits <= 32 ? integerOf(value, path, 2 ** bits - 1) : uintOf(value, path, bits)
}

/**
 * A message from JSON, strict: exactly its fields, each of its type; hex in lower case afterwards, so that equal messages are equal texts.
 * @throws {BaseError} `VAULT_MALFORMED` with the path of what is wrong
 */
export function messageFromJson<name extends MessageName>(
  name: name,
  json: unknown,
  path: string = name,
): MessageOf<name> {
  const types = vaultTypes[name] as readonly { name: string; type: string }[]
  const fields = fieldsOf(
    json,
    path,
    types.map((each) => each.name),
  )
  return Object.fromEntries(
    types.map((each) => [each.name, fieldOf(each.type, fields[each.name], `${path}.${each.name}`)]),
  ) as unknown as MessageOf<name>
}

/**
 * A signed message from JSON.
 * @throws {BaseError} `VAULT_MALFORMED`
 */
export function signedFromJson<name extends MessageName>(
  name: name,
  json: unknown,
  path: string = name,
): Signed<MessageOf<name>> {
  const { message, signature } = fieldsOf(json, path, ['message', 'signature'])
  return {
    message: messageFromJson(name, message, `${path}.message`),
    signature: hexOf(signature, `${path}.signature`),
  }
}

/**
 * A list from JSON, each of its elements read.
 * @throws {BaseError} `VAULT_MALFORMED`
 */
export function listOf<T>(value: unknown, path: string, read: (each: unknown, path: string) => T): T[] {
  if (!Array.isArray(value) || value.length > MAX_ELEMENTS)
    throw malformed(path, `a list of at most ${MAX_ELEMENTS}`, value)
  return value.map((each, i) => read(each, `${path}[${i}]`))
}

/**
 * A share set with its signatures, from JSON.
 * @throws {BaseError} `VAULT_MALFORMED`
 */
export function shareSetFromJson(json: unknown, path = 'shareSet'): SignedShareSet {
  const { message, signatures } = fieldsOf(json, path, ['message', 'signatures'])
  return {
    message: messageFromJson('ShareSet', message, `${path}.message`),
    signatures: listOf(signatures, `${path}.signatures`, (each, at) => hexOf(each, at)),
  }
}

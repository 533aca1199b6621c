import { redactUrls, secp256k1Order } from '@animechain/core'
import type { ConfigField } from './field.js'

/** What a row takes, in words. */
export function expectation(field: ConfigField): string {
  if (field.choices) return `one of ${field.choices.join(', ')}`
  const bounds =
    field.min !== undefined && field.max !== undefined
      ? ` from ${field.min} to ${field.max}`
      : field.min !== undefined
        ? ` of at least ${field.min}`
        : field.max !== undefined
          ? ` of at most ${field.max}`
          : ''
  switch (field.type) {
    case 'integer':
    case 'bigint':
      return `a whole number${bounds}`
    case 'number':
      return `a number${bounds}`
    case 'boolean':
      return 'true or false'
    case 'url':
      return 'a URL such as http://127.0.0.1:8545'
    case 'urls':
      return 'a URL such as http://127.0.0.1:8545, or several separated by commas'
    case 'path':
      return 'a path'
    case 'hex':
      return 'hex that starts with 0x'
    case 'address':
      return 'an address: 0x and 40 hex digits'
    case 'privateKey':
      return 'a private key: 0x and 64 hex digits, from 1 to below the order of secp256k1'
    case 'list':
      return 'a list separated by commas'
    case 'string':
      return 'text'
  }
}

const isSecp256k1Key = (key: bigint) => key > 0n && key < secp256k1Order

/** The parts of a text between commas, or of a JSON list; without empty ones. */
function items(given: unknown): string[] | undefined {
  const list = Array.isArray(given)
    ? given
    : typeof given === 'string'
      ? given.split(',').map((item) => item.trim())
      : undefined
  return list?.every((item) => typeof item === 'string') ? list.filter((item) => item !== '') : undefined
}

const isUrl = (text: string) => /^(https?|wss?):\/\//i.test(text) && URL.canParse(text)

/** The value of a text or a JSON value, or undefined when it is none of this type. */
export function parse(field: ConfigField, given: unknown): unknown {
  if (field.type === 'urls') {
    const urls = items(given)
    return urls?.length && urls.every(isUrl) ? urls : undefined
  }
  if (field.type === 'list') {
    const list = items(given)
    if (!list) return undefined
    return field.choices && !list.every((item) => field.choices!.includes(item)) ? undefined : list
  }
  if (field.type === 'boolean') {
    if (typeof given === 'boolean') return given
    if (given === 'true' || given === '1') return true
    return given === 'false' || given === '0' ? false : undefined
  }
  if (typeof given !== 'string' && typeof given !== 'number') return undefined
  // A JSON number that large was rounded already when it was read: it must be a string.
  if (field.type === 'bigint' && typeof given === 'number' && !Number.isSafeInteger(given)) return undefined
  const text = String(given).trim()
  const within = <N extends number | bigint>(value: N) =>
    (field.min === undefined || value >= field.min) && (field.max === undefined || value <= field.max)
      ? value
      : undefined
  switch (field.type) {
    case 'integer': {
      const digits = text.replace(/(?<=\d)[_,](?=\d)/g, '')
      const value = Number(digits)
      return /^-?\d+$/.test(digits) && Number.isSafeInteger(value) ? within(value) : undefined
    }
    case 'number': {
      const value = Number(text)
      return text !== '' && Number.isFinite(value) ? within(value) : undefined
    }
    case 'bigint': {
      const digits = text.replace(/(?<=\d)[_,](?=\d)/g, '')
      return /^(-?\d+|0x[0-9a-fA-F]+)$/.test(digits) ? within(BigInt(digits)) : undefined
    }
    case 'url':
      return typeof given === 'string' && isUrl(text) ? text : undefined
    case 'hex':
      return /^0x([0-9a-fA-F]{2})*$/.test(text) ? text.toLowerCase() : undefined
    case 'address':
      return /^0x[0-9a-fA-F]{40}$/.test(text) ? text.toLowerCase() : undefined
    case 'privateKey':
      return /^0x[0-9a-fA-F]{64}$/.test(text) && isSecp256k1Key(BigInt(text)) ? text.toLowerCase() : undefined
    case 'string':
    case 'path':
      if (typeof given !== 'string' || text === '') return undefined
      return field.choices && !field.choices.includes(text) ? undefined : text
  }
}

/** A value as problems and help show it: on one line, short, without passwords of URLs. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_name, item) => (typeof item === 'bigint' ? `${item}` : item))
  return redactUrls(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

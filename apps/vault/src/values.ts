import { InvalidInputError, type Address } from '@animechain/core'
import type { GrantSubject } from '@animechain/vault-client'
import { purposes, type Purpose } from '@animechain/vault-protocol'

/** A range of bytes, as HTTP has it, of a file of so many bytes: 0-1023, 1024-, -512. @throws {InvalidInputError} */
export function parseRange(text: string | undefined, size: number): { start: number; end: number } {
  if (text === undefined) return { start: 0, end: size }
  const found = /^(?:bytes=)?(\d{0,15})-(\d{0,15})$/.exec(text)
  const [first, last] = [found?.[1], found?.[2]]
  if (!found || (first === '' && last === ''))
    throw new InvalidInputError('range', 'bytes as in 0-1023, 1024- or -512', text)
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size }
  const start = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  if (start >= size || end <= start)
    throw new InvalidInputError('range', `one within the ${size} bytes of the object`, text)
  return { start, end }
}

const units: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** The end of a grant, seconds since 1970: so long from now, or a time. @throws {InvalidInputError} */
export function parseExpiry(text: string, nowMs: number): bigint {
  const found = /^(\d{1,9})([smhdw])$/.exec(text)
  if (found) return BigInt(Math.floor(nowMs / 1_000) + Number(found[1]) * units[found[2]!]!)
  const time = Date.parse(text)
  if (Number.isNaN(time) || !/^\d{4}-/.test(text))
    throw new InvalidInputError('end', 'a time from now (8h, 7d) or a date (2030-01-31T12:00Z)', text)
  return BigInt(Math.floor(time / 1_000))
}

const isAddress = (text: string | undefined): text is Address => /^0x[0-9a-fA-F]{40}$/.test(text ?? '')

/** Whom a grant is for. @throws {InvalidInputError} */
export function parseSubject(text: string | undefined): GrantSubject {
  if (isAddress(text)) return { type: 'account', address: text }
  const [kind, rest = ''] = (text ?? '').split(':', 2)
  const [contract, id] = rest.split('/', 2)
  const number = id !== undefined && /^\d{1,78}$/.test(id) ? BigInt(id) : undefined
  if (isAddress(contract)) {
    if (kind === 'collection' && id === undefined) return { type: 'collection', collection: contract }
    if (kind === 'collection' && number !== undefined)
      return { type: 'tokenHolder', collection: contract, tokenId: number }
    if (kind === 'licence' && number !== undefined)
      return { type: 'licence', registry: contract, licence: number }
  }
  throw new InvalidInputError(
    '--to',
    'an account, collection:<address>, collection:<address>/<token id> or licence:<registry>/<id>',
    text ?? 'nothing',
  )
}

const names: Record<string, number> = { master: 0, proxy: 1, thumbnail: 2, index: 255 }

/** Numbers of renditions, by number or name. @throws {InvalidInputError} */
export const parseRenditions = (list: readonly string[]): number[] =>
  list.map((text) => {
    const number = names[text] ?? (/^\d{1,3}$/.test(text) ? Number(text) : -1)
    if (number < 0 || number > 255 || number === 254)
      throw new InvalidInputError('renditions', 'numbers up to 253, master, proxy, thumbnail or index', text)
    return number
  })

/** Purposes by name. @throws {InvalidInputError} */
export const parsePurposes = (list: readonly string[]): Purpose[] =>
  list.map((text) => {
    if (!Object.hasOwn(purposes, text))
      throw new InvalidInputError('purposes', Object.keys(purposes).join(', '), text)
    return text as Purpose
  })

const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Bytes for people: 1.5 MiB. */
export function showBytes(bytes: number): string {
  let value = bytes
  let step = 0
  for (; value >= 1024 && step < steps.length - 1; step++) value /= 1024
  return `${step === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${steps[step]}`
}

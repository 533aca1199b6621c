import { concatBytes } from '@animechain/core'

/** A value of DER: tag, length, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...content)
  const octets: number[] = []
  for (let rest = body.length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff)
  const length = body.length < 0x80 ? [body.length] : [0x80 | octets.length, ...octets]
  return concatBytes(new Uint8Array([tag, ...length]), body)
}

export const sequence = (...content: readonly Uint8Array[]): Uint8Array => der(0x30, ...content)
export const octetString = (content: Uint8Array): Uint8Array => der(0x04, content)
export const bitString = (content: Uint8Array, unused = 0): Uint8Array =>
  der(0x03, new Uint8Array([unused]), content)
export const utf8String = (text: string): Uint8Array => der(0x0c, new TextEncoder().encode(text))
/** `[n]`, with the value inside. */
export const explicit = (n: number, content: Uint8Array): Uint8Array => der(0xa0 | n, content)
export const TRUE = new Uint8Array([0x01, 0x01, 0xff])

/** An integer that is not negative, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const short = bytes.subarray(from)
  return der(0x02, short[0]! >= 0x80 ? concatBytes(new Uint8Array(1), short) : short)
}

/** An object identifier, by its dotted text. */
export function oid(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split('.').map(Number)
  const bytes = [first! * 40 + second!]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return der(0x06, new Uint8Array(bytes))
}

/** A time as X.509 wants it: two digits of the year up to 2049, four from then on. */
export function time(at: Date): Uint8Array {
  const digits = `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  const short = at.getUTCFullYear() < 2050
  return der(short ? 0x17 : 0x18, new TextEncoder().encode(short ? digits.slice(2) : digits))
}

/** An ECDSA signature as X.509 has it, from r and s in 32 bytes each. */
export const ecdsaValue = (signature: Uint8Array): Uint8Array =>
  sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)))

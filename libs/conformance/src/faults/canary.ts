import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'

/** Something that is planted where it is secret, and then looked for. */
export interface Canary {
  /** 40 bytes, all of them printable */
  readonly bytes: Uint8Array
  /**
   * Whether it is in bytes, a text, or anything else as it would be printed: as it is, as hex, as base64 or base64url at any alignment, or
   * with its bytes as numbers.
   */
  isIn(where: unknown): boolean
}

/** Deep enough for causes of causes; long enough for bodies. */
const shown = (value: unknown) =>
  inspect(value, {
    depth: 12,
    maxArrayLength: null,
    maxStringLength: null,
    showHidden: true,
    breakLength: Infinity,
  })

/** base64 of a text at the three alignments that it may have in another, without the characters that its neighbours have a part in. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6))
  })
}

/** A canary of its own for each call. */
export function canary(): Canary {
  const bytes = Buffer.from(`canary-${randomBytes(16).toString('hex')}-`)
  const hex = bytes.toString('hex')
  const texts = [bytes.toString(), hex, [...bytes].join(','), ...base64Of(bytes)]
  return {
    bytes: Uint8Array.from(bytes),
    isIn(where) {
      if (where instanceof Uint8Array) {
        const all = Buffer.from(where.buffer, where.byteOffset, where.byteLength)
        return all.includes(bytes) || isInText(all.toString('latin1'))
      }
      return isInText(typeof where === 'string' ? where : shown(where))
    },
  }

  function isInText(text: string): boolean {
    // Numbers and bytes are printed in columns.
    const close = text.replace(/\s+/g, '')
    return texts.some((form) => close.includes(form)) || close.toLowerCase().includes(hex)
  }
}

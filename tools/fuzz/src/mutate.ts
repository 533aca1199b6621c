import type { Random } from './random.js'

const interesting = [0, 1, 0x7f, 0x80, 0xb7, 0xb8, 0xbf, 0xc0, 0xf7, 0xf8, 0xff]

/** A changed copy: bits, bytes, lengths, pieces taken out, doubled or taken from elsewhere. Sometimes many changes at once. */
export function mutate(random: Random, bytes: Uint8Array, other: Uint8Array = bytes): Uint8Array {
  const { below, pick, rarely } = random
  let out = Buffer.from(bytes)
  for (let changes = rarely(4) ? 1 + below(8) : 1; changes > 0; changes--) {
    const at = below(out.length + 1)
    const length = below(rarely(4) ? 200 : 5)
    switch (below(8)) {
      case 0:
        if (at < out.length) out[at]! ^= 1 << below(8)
        break
      case 1:
        if (at < out.length) out[at] = below(256)
        break
      case 2:
        if (at < out.length) out[at] = pick(interesting)
        break
      case 3:
        out = out.subarray(0, at)
        break
      case 4:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)])
        break
      case 5:
        out = Buffer.concat([out.subarray(0, at), random.bytes(length), out.subarray(at)])
        break
      case 6:
        out = Buffer.concat([out.subarray(0, at + length), out.subarray(at)])
        break
      default: {
        const from = below(other.length + 1)
        out = Buffer.concat([
          out.subarray(0, at),
          other.subarray(from, from + length),
          out.subarray(at + length),
        ])
      }
    }
  }
  // A copy of its own: an engine may keep what it is given.
  return new Uint8Array(out)
}

import { createHash } from 'node:crypto'

/** `length` bytes of a seed, as vectors/README.md has it. */
export function seededBytes(seed: string, length: number): Uint8Array {
  const out = Buffer.alloc(Math.ceil(length / 32) * 32)
  for (let i = 0; i * 32 < length; i++)
    createHash('sha256')
      .update(`${seed}/${i}`)
      .digest()
      .copy(out, i * 32)
  return new Uint8Array(out.buffer, out.byteOffset, length)
}

/** A generator of numbers below a bound, from a seed. */
export function seededNumbers(seed: string): (below: number) => number {
  let count = 0
  return (below) => createHash('sha256').update(`${seed}/${count++}`).digest().readUIntBE(0, 6) % below
}

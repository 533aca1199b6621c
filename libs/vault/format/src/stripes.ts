import { InvalidInputError } from '@animechain/core'
import { tooFewUnits } from './errors.js'
import { DATA_UNITS, UNITS } from './layout.js'
import { reedSolomon } from './reedSolomon.js'

const code = reedSolomon(DATA_UNITS, UNITS - DATA_UNITS)

const padded = (bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length === length) return bytes
  const out = new Uint8Array(length)
  out.set(bytes)
  return out
}

/**
 * The five units of a stripe: its chunks, then parity. A chunk that the last stripe has not is an empty unit.
 * @param chunks one to three sealed chunks
 */
export function stripeUnits(chunks: readonly Uint8Array[]): Uint8Array[] {
  if (chunks.length < 1 || chunks.length > DATA_UNITS)
    throw new InvalidInputError('stripe', 'one to three chunks', chunks.length)
  const length = chunks[0]!.length
  const data = Array.from({ length: DATA_UNITS }, (_, i) => chunks[i] ?? new Uint8Array(0))
  if (data.some((chunk) => chunk.length > length))
    throw new InvalidInputError(
      'stripe',
      'no chunk longer than the first',
      data.map((chunk) => chunk.length),
    )
  return [...data, ...code.encode(data.map((chunk) => padded(chunk, length)))]
}

/**
 * All five units of a stripe from any three.
 * @param units what is there, by unit; right in every byte (compare roots first)
 * @param lengths bytes of each unit, by `Layout.unitLength`
 * @throws {BaseError} `VAULT_TOO_FEW_UNITS`
 */
export function reconstructStripe(
  units: readonly (Uint8Array | undefined)[],
  lengths: readonly number[],
): Uint8Array[] {
  const full = lengths[0]!
  // What is empty is known.
  const known = lengths.map((length, i) => (length === 0 ? new Uint8Array(0) : units[i]))
  for (const [i, unit] of known.entries())
    if (unit && unit.length !== lengths[i])
      throw new InvalidInputError(`unit ${i}`, `${lengths[i]} bytes`, unit.length)
  const have = known.filter(Boolean).length
  if (have < DATA_UNITS) throw tooFewUnits('a stripe', have)
  const whole = code.reconstruct(known.map((unit) => unit && padded(unit, full)))
  return whole.map((unit, i) => known[i] ?? unit.subarray(0, lengths[i]))
}

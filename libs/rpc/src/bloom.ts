import { hexToBytes, keccak256, type BloomQuery, type Hex } from '@animechain/core'
import type { LogCriteria } from './params.js'

/** The three bits of a value in a bloom, 0 to 2047. Yellow paper 4.3.1, M3:2048. */
function bitsOf(value: Hex): number[] {
  const digest = keccak256(hexToBytes(value))
  return [0, 2, 4].map((i) => ((digest[i]! << 8) | digest[i + 1]!) & 2047)
}

function nibble(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87
}

/** Whether a bloom in hex has a bit; bit 0 is the lowest of its last byte. */
function has(bloom: Hex, bit: number): boolean {
  const at = 2 + 2 * (255 - (bit >> 3)) + ((bit & 7) < 4 ? 1 : 0)
  return (nibble(bloom.charCodeAt(at)) & (1 << (bit & 3))) !== 0
}

/** What a bloom must have so that logs that are looked for may be there. */
export function bloomQuery(criteria: LogCriteria): BloomQuery {
  return [criteria.addresses, ...criteria.topics]
    .filter((group) => group.length > 0)
    .map((group) => group.map(bitsOf))
}

/** Whether a block with this bloom may hold a log that is looked for. It never misses one. */
export const mayHold = (query: BloomQuery, bloom: Hex): boolean =>
  query.every((group) => group.some((bits) => bits.every((bit) => has(bloom, bit))))

/** As {@link mayHold}, for many blooms. */
export function bloomTest(criteria: LogCriteria): (bloom: Hex) => boolean {
  const query = bloomQuery(criteria)
  return (bloom) => mayHold(query, bloom)
}

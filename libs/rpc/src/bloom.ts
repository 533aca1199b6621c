import { hexToBytes, keccak256, type Hex } from '@animechain/core'
import type { LogCriteria } from './params.js'

/** Where the three bits of a value stand in a bloom in hex, each as [character, mask]. Yellow paper 4.3.1, M3:2048. */
type Places = readonly (readonly [number, number])[]

function places(value: Hex): Places {
  const digest = keccak256(hexToBytes(value))
  return [0, 2, 4].map((i) => {
    const bit = ((digest[i]! << 8) | digest[i + 1]!) & 2047
    const byte = 255 - (bit >> 3)
    const inByte = bit & 7
    return [2 + 2 * byte + (inByte < 4 ? 1 : 0), 1 << (inByte & 3)] as const
  })
}

function nibble(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87
}

const has = (bloom: Hex, value: Places) =>
  value.every(([at, mask]) => (nibble(bloom.charCodeAt(at)) & mask) !== 0)

/** A test whether a block with this bloom may hold a log that is looked for. It never misses one. */
export function bloomTest(criteria: LogCriteria): (bloom: Hex) => boolean {
  const groups = [criteria.addresses, ...criteria.topics]
    .filter((group) => group.length > 0)
    .map((group) => group.map(places))
  return (bloom) => groups.every((group) => group.some((value) => has(bloom, value)))
}

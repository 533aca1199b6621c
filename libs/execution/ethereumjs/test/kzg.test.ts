import { describe, expect, test } from '@jest/globals'
import { verifyProof } from '../src/kzg.js'

// The constant polynomial 2: its commitment is [2]G1, and its quotient is zero everywhere.
const TWO =
  '0xa572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e'
const INFINITY = `0xc0${'00'.repeat(47)}`
const word = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

describe('point evaluation', () => {
  test('accepts the value of a constant polynomial at any point', () => {
    expect(verifyProof(TWO, word(0n), word(2n), INFINITY)).toBe(true)
    expect(verifyProof(TWO, word(ORDER - 1n), word(2n), INFINITY)).toBe(true)
    expect(verifyProof(INFINITY, word(5n), word(0n), INFINITY)).toBe(true)
  })
  test('refuses another value and another proof', () => {
    expect(verifyProof(TWO, word(0n), word(3n), INFINITY)).toBe(false)
    expect(verifyProof(TWO, word(1n), word(2n), TWO)).toBe(false)
  })
  test('throws on numbers outside the field and on what is no point', () => {
    expect(() => verifyProof(TWO, word(ORDER), word(2n), INFINITY)).toThrow('C_KZG_BADARGS')
    expect(() => verifyProof(TWO, word(0n), word(ORDER), INFINITY)).toThrow('C_KZG_BADARGS')
    expect(() => verifyProof(`0x${'11'.repeat(48)}`, word(0n), word(2n), INFINITY)).toThrow('C_KZG_BADARGS')
  })
})

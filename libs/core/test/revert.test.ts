import { describe, expect, test } from '@jest/globals'
import { hexToBytes } from '../src/bytes.js'
import { revertReason } from '../src/revert.js'

const word = (value: number) => value.toString(16).padStart(64, '0')
const error = (offset: number, length: number, text = 'poor') =>
  hexToBytes(`0x08c379a0${word(offset)}${word(length)}${Buffer.from(text).toString('hex')}`)
const panic = (code: number) => hexToBytes(`0x4e487b71${word(code)}`)

describe('the reason of a revert', () => {
  test('is the text of Error(string)', () => expect(revertReason(error(32, 4))).toBe('poor'))
  test.each([
    [0, 'generic panic'],
    [1, 'assert(false)'],
    [0x11, 'arithmetic underflow or overflow'],
    [0x51, 'uninitialized function'],
    [0x77, 'unknown panic code: 0x77'],
  ])('is a word for Panic(%i)', (code, text) => expect(revertReason(panic(code))).toBe(text))
  test.each([
    ['announces more than there is', error(32, 5)],
    ['is cut', error(32, 4).subarray(0, 67)],
    ['has its text elsewhere', error(64, 4)],
    ['is a panic with more than a code', Uint8Array.from([...panic(1), 0])],
    ['is of another error', Uint8Array.from({ length: 100 }, () => 1)],
    ['is too short for a selector', Uint8Array.of(8, 0xc3, 0x79)],
  ])('is none where the data %s', (_, bytes) => expect(revertReason(bytes)).toBeUndefined())
})

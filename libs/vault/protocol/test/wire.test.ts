import { describe, expect, it } from '@jest/globals'
import { messageFromJson, signedFromJson, toJson, type Erase } from '../src/index.js'

const hash = (digit: string) => `0x${digit.repeat(64)}` as const
const erase: Erase = { project: hash('a'), object: hash('b'), issuedAt: 7n }
const json = (value: unknown) => JSON.parse(toJson(value)) as Record<string, unknown>

describe('messages from JSON', () => {
  it('reads what toJson wrote, hex in lower case', () => {
    const signed = { message: erase, signature: `0x${'1'.repeat(130)}` as const }
    expect(signedFromJson('Erase', json(signed))).toEqual(signed)
    expect(messageFromJson('Erase', { ...json(erase), object: `0x${'B'.repeat(64)}` })).toEqual(erase)
  })

  it.each([
    ['a field too few', { project: erase.project, object: erase.object }, 'Erase.issuedAt'],
    ['a field too many', { ...json(erase), more: 1 }, 'no field more'],
    ['a number for a bigint', { ...json(erase), issuedAt: 7 }, 'at most 64 bits as Erase.issuedAt, got 7'],
    ['a bigint too large', { ...json(erase), issuedAt: `${2n ** 64n}` }, 'at most 64 bits'],
    ['bytes too short', { ...json(erase), object: '0xbb' }, '32 bytes of hex as Erase.object, got 0xbb'],
    ['no object', [], 'an object { project, object, issuedAt }'],
  ])('refuses %s', (_name, value, message) => {
    expect(() => messageFromJson('Erase', value)).toThrow(message)
  })
})

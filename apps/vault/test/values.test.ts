import { describe, expect, it } from '@jest/globals'
import { parseExpiry, parseRange, parseSubject } from '../src/index.js'

describe('what stands on the command line', () => {
  it.each([
    [undefined, 0, 100],
    ['0-9', 0, 10],
    ['bytes=10-', 10, 100],
    ['-20', 80, 100],
    ['90-500', 90, 100],
  ])('reads the range %s', (text, start, end) => {
    expect(parseRange(text, 100)).toEqual({ start, end })
  })

  it.each(['', '-', '100-', '9-3', 'a-b', '1-2-3'])('refuses the range %j', (text) => {
    expect(() => parseRange(text, 100)).toThrow('Invalid range')
  })

  it('reads ends of grants', () => {
    expect(parseExpiry('8h', 1_000_000)).toBe(29_800n)
    expect(parseExpiry('2030-01-31T12:00Z', 0)).toBe(1_896_091_200n)
    for (const text of ['', '8', 'tomorrow', '-1h']) expect(() => parseExpiry(text, 0)).toThrow('Invalid end')
  })

  it('reads whom a grant is for', () => {
    const address = `0x${'ab'.repeat(20)}` as const
    expect(parseSubject(address)).toEqual({ type: 'account', address })
    expect(parseSubject(`collection:${address}`)).toEqual({ type: 'collection', collection: address })
    expect(parseSubject(`collection:${address}/7`)).toMatchObject({ type: 'tokenHolder', tokenId: 7n })
    expect(parseSubject(`licence:${address}/7`)).toMatchObject({ type: 'licence', licence: 7n })
    for (const text of [undefined, 'bob', `licence:${address}`, 'collection:0x12'])
      expect(() => parseSubject(text)).toThrow('Invalid --to')
  })
})

import { describe, expect, test } from '@jest/globals'
import type { BatchCodec, DataAvailability } from '@animechain/core'
import { allowedMs } from '../../src/batching/unposted.js'
import type { RollupOptions } from '../../src/types.js'
import { serviceOptions, settingsOf } from '../../src/composition/settings.js'

const layer = (maxBytes: bigint) => ({ capabilities: { maxBytes } }) as DataAvailability
const codec = { limits: { compressedBytes: 1_000 } } as BatchCodec
const options = (rest: Partial<RollupOptions> = {}) => ({ da: layer(500n), codec, ...rest }) as RollupOptions

describe('the settings of a node', () => {
  test.each([
    { option: undefined, byDefault: true, given: {} },
    { option: undefined, byDefault: false, given: undefined },
    { option: true, byDefault: false, given: {} },
    { option: false, byDefault: true, given: undefined },
    { option: { pollMs: 1 }, byDefault: false, given: { pollMs: 1 } },
  ])('a service with $option, by default $byDefault', ({ option, byDefault, given }) => {
    expect(serviceOptions(option, byDefault)).toEqual(given)
  })

  test.each([
    { role: 'sequencer' as const, batcher: {}, proposer: {}, challenger: undefined },
    { role: 'verifier' as const, batcher: undefined, proposer: undefined, challenger: {} },
  ])('a $role runs what its role does', ({ role, ...services }) => {
    expect(settingsOf(options({ role }))).toMatchObject(services)
  })

  test.each([
    { da: 500n, wanted: undefined, bytes: 500 },
    { da: 5_000n, wanted: undefined, bytes: 1_000 },
    { da: 500n, wanted: 200, bytes: 200 },
    { da: 500n, wanted: 2_000, bytes: 500 },
  ])('a batch has $bytes bytes of $wanted where the DA takes $da', ({ da, wanted, bytes }) => {
    const batcher = wanted === undefined ? {} : { maxBytes: wanted }
    expect(settingsOf(options({ da: layer(da), batcher })).batchBytes).toBe(bytes)
  })

  test('the DA that is written to is read first, and once', () => {
    const [da, other] = [layer(500n), layer(1n)]
    expect(settingsOf(options({ da, readers: [other, da] })).readers).toEqual([da, other])
  })
})

test.each([
  { options: {}, rules: { forceDelaySeconds: 10 }, ms: 10_000 },
  { options: { maxAgeSeconds: 60 }, rules: { forceDelaySeconds: 10 }, ms: 60_000 },
  { options: { maxIdleAgeSeconds: 300 }, rules: { forceDelaySeconds: 10 }, ms: 300_000 },
  { options: {}, rules: { forceDelaySeconds: 86_400 }, ms: 43_200_000 },
  { options: {}, rules: undefined, ms: Infinity },
])('a block may wait for $ms ms', ({ options: given, rules, ms }) => {
  expect(allowedMs(given, rules)).toBe(ms)
})

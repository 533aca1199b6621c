import { expect, test } from '@jest/globals'
import { rangeOf } from '../src/database.js'
import { allowance } from '../src/room.js'

const [low, high] = [Uint8Array.of(1), Uint8Array.of(9)]

test.each([
  [{}, { start: undefined, end: undefined, limit: undefined }],
  [
    { gte: low, lt: high, limit: 3 },
    { start: low, end: high, limit: 3 },
  ],
  // The addon begins where it is told to, and includes that unless told otherwise.
  [
    { gte: low, lt: high, reverse: true },
    { start: high, exclusiveStart: true, end: low, inclusiveEnd: true, reverse: true, limit: undefined },
  ],
])('the range %o', (range, expected) => expect(rangeOf(range)).toEqual(expected))

const MiB = 2 ** 20
test.each([
  [100 * MiB, 32 * MiB, 4 * MiB],
  [33 * MiB, 32 * MiB, 1 * MiB],
])('with %d bytes free and %d kept, %d are written without another look', (free, kept, bytes) =>
  expect(allowance(free, kept, 5_000)).toEqual({ bytes, until: 6_000 }),
)

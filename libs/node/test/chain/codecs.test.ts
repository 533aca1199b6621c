import { expect, test } from '@jest/globals'
import { decodeApplied, encodeApplied } from '../../src/chain/batchCodec.js'
import { decodeEntry, encodeEntry } from '../../src/chain/journalEntry.js'

const word = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const

test('an applied batch is read as it was written', () => {
  const batch = {
    ...{ index: 7n, acc: word(1), depositAcc: word(2), outputRoot: word(3) },
    ...{ firstBlock: 2n ** 60n, lastBlock: 2n ** 60n + 9n, lastBlockHash: word(4), lastTimestamp: 5n },
    ...{ depositsReadAfter: 0n, l1Block: { number: 6n, hash: word(5), timestamp: 7n } },
  }
  expect(decodeApplied(7n, encodeApplied(batch))).toEqual(batch)
})

test.each([
  { what: 'as it was put', since: 1_700_000_000_123, read: 1_700_000_000_123 },
  { what: 'of a clock before 1970', since: -5, read: 0 },
])('an entry of the journal is read $what', ({ since, read }) => {
  const raw = Uint8Array.of(2, 0xc0)
  expect(decodeEntry(encodeEntry({ hash: word(1), raw, since }))).toEqual({ raw, since: read })
})

test('a transaction alone is one that came back with its block', () => {
  const raw = Uint8Array.of(2, 0xc0)
  expect(decodeEntry(raw)).toEqual({ raw, since: undefined })
})

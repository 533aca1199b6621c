import { describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  hexToBytes,
  type ExecutedTransaction,
  type Hash,
  type KeyValueOperation,
  type SealedHeader,
} from '@animechain/core'
import { decodePlace, encodePlace, keys } from '../../src/chain/keys.js'
import { blockRemoval, journalChanges, leaveJournal } from '../../src/chain/operations.js'

const hash = (digit: string): Hash => `0x${digit.repeat(64)}`
const transaction = (digit: string, type: number) =>
  ({ hash: hash(digit), raw: Uint8Array.of(type), receipt: { type } }) as ExecutedTransaction
const deposit = transaction('d', 0x7e)
const payment = transaction('a', 2)

/** Says what it was asked for, by the first byte of a hash. */
const journal = {
  put: (of: Hash, value: Uint8Array): KeyValueOperation[] => [{ type: 'put', key: hexToBytes(of), value }],
  remove: (of: Hash): KeyValueOperation[] => [{ type: 'delete', key: hexToBytes(of) }],
}
const shown = (operations: readonly KeyValueOperation[]) =>
  operations.map(({ type, key }) => `${type} ${bytesToHex(key)}`)

describe('what a change of the chain does to the store', () => {
  test('a block leaves with all that leads to it, and its transactions wait again, but for deposits', () => {
    const header = { number: 5n, hash: hash('b') } as SealedHeader
    expect(shown(blockRemoval({ header, transactions: [deposit, payment] }, journal))).toEqual([
      `delete ${bytesToHex(keys.header(hash('b')))}`,
      `delete ${bytesToHex(keys.body(hash('b')))}`,
      `delete ${bytesToHex(keys.number(5n))}`,
      `delete ${bytesToHex(keys.transaction(hash('d')))}`,
      `delete ${bytesToHex(keys.transaction(hash('a')))}`,
      `put ${hash('a')}`,
    ])
  })

  test('what is in a block waits no longer; deposits never did', () => {
    expect(shown(leaveJournal([deposit, payment], journal))).toEqual([`delete ${hash('a')}`])
  })

  test('the journal changes in the order of its changes, what goes first', () => {
    const put = { hash: hash('a'), raw: Uint8Array.of(2), since: 1 }
    const changes = [{ put, delete: [hash('b'), hash('c')] }, { delete: [hash('a')] }]
    expect(shown(journalChanges(changes, journal))).toEqual([
      `delete ${hash('b')}`,
      `delete ${hash('c')}`,
      `put ${hash('a')}`,
      `delete ${hash('a')}`,
    ])
  })
})

describe('where things are in the store', () => {
  /** Written by earlier versions: a change of any would lose the chain of a node. */
  test.each([
    ['head', keys.head, 'node/m/head', ''],
    ['final block', keys.finalized, 'node/m/finalized', ''],
    ['batches', keys.batches, 'node/m/batches', ''],
    ['header', keys.header(hash('1')), 'node/h/', '11'.repeat(32)],
    ['body', keys.body(hash('1')), 'node/b/', '11'.repeat(32)],
    ['canonical hash', keys.number(258n), 'node/n/', '0000000000000102'],
    ['transaction', keys.transaction(hash('1')), 'node/t/', '11'.repeat(32)],
    ['batch', keys.applied(1n), 'node/a/', '0000000000000001'],
  ])('%s', (_what, key, text, rest) => {
    expect(bytesToHex(key)).toBe(`${bytesToHex(new TextEncoder().encode(text))}${rest}`)
  })

  test('a place is read as it was written', () => {
    expect(bytesToHex(encodePlace(7n, 259))).toBe('0x000000000000000700000103')
    expect(decodePlace(encodePlace(7n, 259))).toEqual({ number: 7n, index: 259 })
  })
})

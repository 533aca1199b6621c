import { describe, expect, test } from '@jest/globals'
import {
  emptyAccumulator,
  outputHistory,
  type BatchHeader,
  type DepositEntry,
  type Hash,
  type Hex,
  type L1Context,
} from '@animechain/core'
import {
  assertionsAt,
  claimRefusal,
  dropAssertionsAbove,
  newAssertion,
  outcomeOf,
  statusOf,
  type NewClaim,
  type StoredAssertion,
} from '../src/assertions.js'
import {
  appendDeposit,
  depositAccAt,
  dropAbove,
  emptyInbox,
  pushBatch,
  tipOf,
  type Inbox,
} from '../src/inbox.js'
import {
  baseRefusal,
  calldataCommitment,
  contextRefusal,
  evidenceRefusal,
  forcedHeader,
  forceRefusal,
  headerRefusal,
} from '../src/inboxRules.js'
import { dropBlocks, dueBlocks, firstBlocks, headOf, mine } from '../src/l1Blocks.js'
import { settingsOf } from '../src/settings.js'

const NOW = 10_000n
const settings = settingsOf({
  genesisTimestamp: 9_000n,
  maxBlocksPerBatch: 10,
  maxDriftSeconds: 100,
  maxLagSeconds: 2_000,
  forceDelaySeconds: 50,
  gasLimit: 1_000n,
})
const block = { number: 7n, hash: emptyAccumulator, timestamp: NOW }
const contextAt = (timestamp: bigint): L1Context => ({
  number: block.number,
  timestamp,
  baseFee: 1n,
  blobBaseFee: 1n,
  parentHash: emptyAccumulator,
  gasLimit: 1_000n,
  baseFeeScalar: 0,
  blobBaseFeeScalar: 0,
})
const address = '0x00000000000000000000000000000000000000bb'
const entry = (timestamp: bigint): Pick<DepositEntry, 'kind' | 'from' | 'to' | 'opaqueData' | 'context'> => ({
  kind: 0,
  from: address,
  to: address,
  opaqueData: new Uint8Array(72),
  context: contextAt(timestamp),
})

/** An inbox with one batch of block 1, at 9,100 s, and these deposits after it, each of 400 gas. */
function inboxWith(...deposits: bigint[]): Inbox {
  const inbox = emptyInbox()
  const header = { firstBlock: 1n, blockCount: 1, depositsReadAfter: 0n, lastTimestamp: 9_100n }
  pushBatch(inbox, { header, commitment: Uint8Array.of(1) }, contextAt(NOW), block)
  for (const timestamp of deposits) appendDeposit(inbox, entry(timestamp), 400n, block)
  return inbox
}
const header = (change: Partial<BatchHeader> = {}): BatchHeader => ({
  firstBlock: 2n,
  blockCount: 3,
  depositsReadAfter: 0n,
  lastTimestamp: 10_000n,
  ...change,
})

describe('rules of the inbox', () => {
  test.each<[string, Partial<BatchHeader>, bigint[], string | undefined]>([
    ['a batch that follows', {}, [], undefined],
    ['a gap', { firstBlock: 3n }, [], 'NotContiguous: expected first block 2, got 3'],
    ['no block', { blockCount: 0 }, [], 'BadBlockCount'],
    ['the most blocks', { blockCount: 10 }, [], undefined],
    ['one more', { blockCount: 11 }, [], 'BadBlockCount'],
    ['a second for each block', { lastTimestamp: 9_103n }, [], undefined],
    ['less', { lastTimestamp: 9_102n }, [], 'TimestampTooEarly'],
    ['as far ahead as may be', { lastTimestamp: 10_100n }, [], undefined],
    ['further', { lastTimestamp: 10_101n }, [], 'TimestampTooLate'],
    ['deposits that are not there', { depositsReadAfter: 1n }, [], 'BadDepositsRead'],
    ['as many deposits as a block holds', { depositsReadAfter: 2n }, [NOW, NOW, NOW], undefined],
    [
      'more',
      { depositsReadAfter: 3n },
      [NOW, NOW, NOW],
      'TooMuchDepositGas: expected at most 1000, got 1200',
    ],
    ['a young deposit left', {}, [9_950n], undefined],
    ['an overdue one left', {}, [9_949n], 'MustReadDeposit: deposit 0'],
    ['an overdue one that does not fit', { depositsReadAfter: 2n }, [1n, 1n, 1n], undefined],
  ])('%s', (_what, change, deposits, refusal) => {
    const found = headerRefusal(inboxWith(...deposits), settings, header(change), NOW)
    if (refusal === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(refusal)
  })

  test('a batch that is too far behind L1', () => {
    const late = headerRefusal(inboxWith(), settings, header({ lastTimestamp: 9_999n }), 12_000n)
    expect(late).toContain('TimestampTooOld: expected at least 10000')
  })

  test('what a batch builds on', () => {
    const inbox = inboxWith(NOW)
    const parentAcc = tipOf(inbox, 0n).acc
    const base = { parentAcc, depositAcc: depositAccAt(inbox, 1n) }
    expect(baseRefusal(inbox, settings, base, 1n)).toBeUndefined()
    expect(baseRefusal(inbox, settings, { ...base, parentAcc: emptyAccumulator }, 1n)).toContain(
      'WrongParent',
    )
    expect(baseRefusal(inbox, settings, base, 2n)).toContain('OutOfRange: expected at most 1 deposits, got 2')
    expect(baseRefusal(inbox, settings, base, 0n)).toContain('WrongDeposits')
  })

  test('evidence is of the commitment and not too large', () => {
    const of = (length: number, commitment?: Uint8Array) => {
      const evidence = new Uint8Array(length)
      return evidenceRefusal(commitment ?? calldataCommitment(evidence), { type: 'calldata', evidence })
    }
    expect(of(0)).toBeUndefined()
    expect(of(120_000)).toBeUndefined()
    expect(of(120_001)).toBe('TooLarge: 120001 bytes')
    expect(of(1, calldataCommitment(new Uint8Array(2)))).toContain('BadCommitment')
    expect(of(1, new Uint8Array())).toBe('BadCommitment: empty')
    expect(evidenceRefusal(Uint8Array.of(2), undefined)).toBeUndefined()
  })

  test('a batch is forced when a deposit waited too long or L2 is behind, and reads what fits', () => {
    const force = (inbox: Inbox, timestamp: bigint, body = new Uint8Array()) => {
      const depositsKnown = BigInt(inbox.deposits.length)
      const base = {
        parentAcc: tipOf(inbox, 0n).acc,
        depositAcc: depositAccAt(inbox, depositsKnown),
        depositsKnown,
      }
      return forceRefusal(inbox, settings, { body, base, timestamp })
    }
    expect(force(inboxWith(), NOW)).toContain('NothingToForce')
    expect(force(inboxWith(9_950n), NOW)).toContain('NothingToForce')
    expect(force(inboxWith(9_949n), NOW)).toBeUndefined()
    expect(force(inboxWith(), 11_101n)).toBeUndefined()
    expect(force(inboxWith(), 11_101n, new Uint8Array(120_001))).toContain('TooLarge')
    expect(forcedHeader(inboxWith(1n, 1n, 1n), settings, NOW)).toEqual(
      header({ blockCount: 1, depositsReadAfter: 2n }),
    )
    expect(forcedHeader(inboxWith(), settings, 5n).lastTimestamp).toBe(9_101n)
  })

  test('one context entry a block, and a reorg forgets it', () => {
    const inbox = { ...emptyInbox(), lastContextBlock: 7n }
    expect(contextRefusal(inbox, 7n)).toBe('ContextAlreadyAppended')
    expect(contextRefusal(inbox, 8n)).toBeUndefined()
    dropAbove(inbox, 6n)
    expect(contextRefusal(inbox, 7n)).toBeUndefined()
  })
})

describe('rules of assertions', () => {
  const [batch] = inboxWith().batches
  const rules = { interval: 1n, historyHeight: 2 }
  const claimed = (outputRoot: Hash, parent?: Hex): NewClaim => ({
    ...{ batchIndex: 0n, batchAcc: batch!.acc, blockNumber: 1n, outputRoot, parent },
    ...outputHistory([outputRoot], rules.historyHeight),
  })
  const claim = claimed(batch!.acc)
  const parts = {
    index: 0n,
    asserter: address,
    createdAt: 100n,
    challengePeriodSeconds: 60,
    l1Block: 5n,
  } as const
  const made = () => newAssertion(claim, parts)

  test('a claim is of a batch as it is, on a parent that stands, and made once', () => {
    const refusal = (list: StoredAssertion[], over: Partial<NewClaim>) =>
      claimRefusal(list, batch, { ...claim, ...over }, rules)
    expect(refusal([], {})).toBeUndefined()
    expect(claimRefusal([], undefined, claim, rules)).toBe('UnknownBatch: 0')
    expect(refusal([], { blockNumber: 2n })).toContain('BatchMismatch')
    expect(refusal([], { batchAcc: emptyAccumulator })).toContain('BatchMismatch')
    expect(refusal([], { history: emptyAccumulator })).toContain('WrongHistory')
    expect(refusal([], { proof: [] })).toContain('WrongHistory')
    expect(refusal([], { parent: '0x12' })).toBe('BadParent: 0x12')
    expect(refusal([], { batchIndex: 1n })).toBe('WrongBatch: 1, expected 0')
    expect(refusal([made()], { parent: made().assertion.id })).toBe('WrongBatch: 0, expected 1')
    expect(refusal([made()], {})).toContain('AlreadyAsserted')
    const settled = made()
    settled.history.push({ l1Block: 6n, status: 'accepted' })
    expect(refusal([settled], claimed(emptyAccumulator))).toContain('AlreadyDecided')
  })

  test('it is accepted when its time is over, unless a rival stands or its parent is not accepted', () => {
    const list = [made()]
    const { id } = list[0]!.assertion
    expect(outcomeOf(list, id, 159n)).toEqual({ refusal: 'ChallengePeriodRunning' })
    expect(outcomeOf(list, id, 160n)).toEqual({ outcome: 'accepted' })
    expect(outcomeOf(list, '0x12', 160n)).toEqual({ refusal: 'UnknownAssertion: 0x12' })

    const child = newAssertion({ ...claim, batchIndex: 1n, parent: id }, parts)
    const family = [list[0]!, child]
    expect(outcomeOf(family, child.assertion.id, 160n)).toEqual({ refusal: 'ParentNotAccepted' })

    const rival = newAssertion(claimed(emptyAccumulator), parts)
    family.push(rival)
    for (const { history } of [list[0]!, rival]) history.push({ l1Block: 6n, status: 'disputed' })
    expect(outcomeOf(family, id, 160n)).toEqual({ refusal: 'Disputed' })
    rival.history.push({ l1Block: 7n, status: 'accepted' })
    expect(outcomeOf(family, id, 160n)).toEqual({ outcome: 'rejected' })
    list[0]!.history.push({ l1Block: 8n, status: 'rejected' })
    expect(outcomeOf(family, child.assertion.id, 160n)).toEqual({ outcome: 'rejected' })
    expect(outcomeOf(family, id, 160n)).toEqual({ refusal: 'Settled: rejected' })
  })

  test('an older L1 block shows what was then, and a reorg brings it back', () => {
    const list = [made()]
    list[0]!.history.push({ l1Block: 6n, status: 'disputed' }, { l1Block: 9n, status: 'rejected' })
    expect([5n, 6n, 8n, 9n].map((at) => statusOf(list[0]!, at))).toEqual([
      ...['pending', 'disputed', 'disputed', 'rejected'],
    ])
    expect([assertionsAt(list, 4n).length, assertionsAt(list, 5n).length]).toEqual([0, 1])
    dropAssertionsAbove(list, 8n)
    expect(statusOf(list[0]!)).toBe('disputed')
    dropAssertionsAbove(list, 4n)
    expect(list).toEqual([])
  })
})

describe('blocks of L1', () => {
  test.each<[string, bigint, number, bigint[]]>([
    ['none by themselves', 1_000n, 0, []],
    ['none yet', 101n, 2, []],
    ['one for each step', 107n, 2, [102n, 104n, 106n]],
    ['none when the clock was set back', 50n, 2, []],
  ])('%s', (_what, now, blockTime, expected) => expect(dueBlocks(100n, now, blockTime)).toEqual(expected))

  test('a long pause becomes one block, with 256 after it', () => {
    const due = dueBlocks(0n, 10_000n, 1)
    expect([due.length, due[0], due.at(-1)]).toEqual([257, 9_744n, 10_000n])
  })

  test('time goes on, and a reorg gives other hashes', () => {
    const blocks = firstBlocks(100n)
    const before = mine(blocks, 50n)
    expect(before).toMatchObject({ number: 2n, timestamp: 101n })
    expect(dropBlocks(blocks, 1)).toBe(1n)
    const after = mine(blocks, 50n)
    expect({ ...after, hash: before.hash }).toEqual(before)
    expect(after.hash).not.toBe(before.hash)
    expect(headOf(blocks)).toBe(after)
    expect(() => dropBlocks(blocks, 2)).toThrow('expected a depth of 1 to 1, got 2')
  })
})

import { describe, expect, test } from '@jest/globals'
import type { Hash } from '@animechain/core'
import { transactionHash } from '@animechain/tx'
import { ether, gwei, inBlock, person, poolKit, signed } from './poolKit.js'

type Kit = Awaited<ReturnType<typeof poolKit>>

/** Adds many at once, as a batch does; how many were taken. */
async function addAll({ pool }: Kit, raws: Iterable<Uint8Array>): Promise<number> {
  const results = await Promise.allSettled([...raws].map((raw) => pool.add(raw)))
  return results.filter(({ status }) => status === 'fulfilled').length
}
function* series(from: number, count: number, fields = {}, first = 0): Iterable<Uint8Array> {
  for (let nonce = first; nonce < first + count; nonce++) yield signed(from, nonce, fields)
}
const pendingOf = (kit: Kit, who: number) =>
  [...kit.pool.contentByAccount!(person(who))].flatMap(({ pending }) =>
    pending.map(({ nonce }) => Number(nonce)),
  )
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Below the base fee of 1 gwei, and next to nothing to own for it. */
const cheap = { maxFeePerGas: 100n, maxPriorityFeePerGas: 100n }

describe('a pool that is filled for free', () => {
  /** Ten accounts with as much as they may, then as many more as it takes until nothing is let in. */
  const locked = async (attack: (who: number, count: number) => Iterable<Uint8Array>) => {
    const kit = await poolKit({ maxTransactions: 30_000 })
    for (let who = 1; who <= 2_000; who++) kit.give(who, { balance: 10n * ether })
    for (let who = 1; who <= 10; who++) await addAll(kit, attack(who, 2_500))
    const byTen = kit.pool.status!()
    for (let who = 11; who <= 2_000; who++) {
      const before = kit.pool.status!()
      await addAll(kit, attack(who, 64))
      const after = kit.pool.status!()
      if (after.pending + after.queued === before.pending + before.queued) break
    }
    return { kit, byTen }
  }
  const head = (who: number) => signed(who, 0, cheap)
  const attacks: [string, (who: number, count: number) => Iterable<Uint8Array>][] = [
    ['everything below the base fee', (who, count) => series(who, count, cheap)],
    [
      'the first below the base fee and better prices behind it',
      function* (who, count) {
        yield head(who)
        yield* series(
          who,
          count - 1,
          { maxFeePerGas: 50n * gwei, maxPriorityFeePerGas: 49n * gwei, gasLimit: 21_000n, value: 0n },
          1,
        )
      },
    ],
    [
      'behind a nonce gap',
      (who, count) => series(who, count, { maxFeePerGas: gwei, maxPriorityFeePerGas: gwei }, 1),
    ],
  ]
  test.each(attacks)(
    '%s: ten accounts do not fill it, and who pays gets a place, 300 at once too',
    async (_name, attack) => {
      const { kit, byTen } = await locked(attack)
      expect(byTen.pending + byTen.queued).toBeLessThan(15_000)
      for (let who = 5_000; who < 5_020; who++) {
        kit.give(who, {})
        await kit.pool.add(signed(who, 0))
      }
      kit.give(6_000, {})
      expect(await addAll(kit, series(6_000, 300))).toBe(300)
      expect(pendingOf(kit, 6_000)).toEqual(upTo(300))
      for (let who = 5_000; who < 5_020; who++) expect(pendingOf(kit, who)).toEqual([0])
      const { pending, queued } = kit.pool.status!()
      expect(pending + queued).toBeLessThanOrEqual(30_000)
    },
    300_000,
  )

  test('a base fee that rises over what was well paid makes room for who pays it', async () => {
    const kit = await poolKit({ maxTransactions: 1_000 })
    for (let who = 1; who <= 100; who++) {
      kit.give(who, {})
      await addAll(kit, series(who, 10, { maxFeePerGas: 2n * gwei }))
    }
    expect(kit.pool.status!()).toEqual({ pending: 1_000, queued: 0 })
    kit.give(200, {})
    await expect(
      kit.pool.add(signed(200, 0, { maxFeePerGas: 2n * gwei, maxPriorityFeePerGas: 1n })),
    ).rejects.toMatchObject({ code: 'POOL_UNDERPRICED' })
    kit.next({ baseFeePerGas: 3n * gwei })
    expect(await addAll(kit, series(200, 10, { maxFeePerGas: 4n * gwei, maxPriorityFeePerGas: 1n }))).toBe(10)
    expect(pendingOf(kit, 200)).toEqual(upTo(10))
    // Nobody was stranded: what is left of each account follows its nonce.
    expect(kit.pool.status!()).toEqual({ pending: 1_000, queued: 0 })
  })

  test('at the same price who holds more gives way, down to equal shares', async () => {
    const kit = await poolKit({ maxTransactions: 1_000 })
    for (const who of [1, 2]) kit.give(who, { balance: 10n * ether })
    await addAll(kit, series(1, 500))
    await addAll(kit, series(2, 500))
    for (let who = 10; who < 110; who++) {
      kit.give(who, {})
      await addAll(kit, series(who, 10))
    }
    for (let who = 10; who < 110; who++) expect(pendingOf(kit, who).length).toBeGreaterThanOrEqual(9)
    expect(pendingOf(kit, 1).length).toBeLessThan(30)
  })

  test('what needs many places takes them from several, or leaves all alone', async () => {
    const kit = await poolKit({ maxTransactions: 100, maxBytes: 100 * 200 })
    for (let who = 1; who <= 100; who++) {
      kit.give(who, {})
      await kit.pool.add(signed(who, 0, { maxPriorityFeePerGas: who <= 5 ? 1n : 1_000n }))
    }
    kit.give(200, { balance: 100n * ether })
    const large = { dataBytes: 1_900, gasLimit: 100_000n }
    const refused = kit.pool.add(signed(200, 0, { ...large, maxPriorityFeePerGas: 500n }))
    await expect(refused).rejects.toMatchObject({ code: 'POOL_UNDERPRICED' })
    expect(kit.pool.status!()).toEqual({ pending: 100, queued: 0 })
    await kit.pool.add(signed(200, 0, { ...large, maxPriorityFeePerGas: 2_000n }))
    for (let who = 1; who <= 5; who++) expect(pendingOf(kit, who)).toEqual([])
    expect(kit.pool.status!().pending).toBeLessThan(96)
  })

  test('the share of an account shrinks as the pool fills', async () => {
    const kit = await poolKit({ maxTransactions: 1_000 })
    kit.give(1, { balance: 10n * ether })
    await addAll(kit, series(1, 1_000))
    expect(pendingOf(kit, 1).length).toBeLessThanOrEqual(334)
    kit.give(2, { balance: 10n * ether })
    await addAll(kit, series(2, 1_000))
    expect(pendingOf(kit, 2).length).toBeLessThanOrEqual(223)
    await expect(kit.pool.add(signed(2, pendingOf(kit, 2).length))).rejects.toMatchObject({
      code: 'POOL_ACCOUNT_LIMIT',
    })
  })

  test('who has much that can be included may still send out of order', async () => {
    const kit = await poolKit({ maxTransactions: 1_000 })
    kit.give(1, { balance: 10n * ether })
    await addAll(kit, series(1, 300))
    await kit.pool.add(signed(1, 301))
    await kit.pool.add(signed(1, 300))
    expect(pendingOf(kit, 1)).toEqual(upTo(302))
  })
})

describe('what can never be included', () => {
  test('is refused: a price below any base fee that the chain can have', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    for (const maxFeePerGas of [0n, 48n])
      await expect(
        kit.pool.add(signed(1, 0, { maxFeePerGas, maxPriorityFeePerGas: 0n })),
      ).rejects.toMatchObject({
        code: 'POOL_FEE_CAP_TOO_LOW',
        shortMessage: expect.stringContaining('max fee per gas less than block base fee'),
      })
    await kit.pool.add(signed(1, 0, { maxFeePerGas: 49n, maxPriorityFeePerGas: 0n }))
  })

  test('does not stay: below the base fee, behind a gap, above a gas limit that was lowered; across a restart', async () => {
    const kit = await poolKit({ queuedLifetimeSeconds: 600 })
    for (const who of [1, 2, 3, 4]) kit.give(who, {})
    await kit.pool.add(signed(1, 0, cheap))
    await kit.pool.add(signed(1, 1))
    await kit.pool.add(signed(2, 1))
    await kit.pool.add(signed(3, 0, { gasLimit: 15_000_000n }))
    const good = await kit.pool.add(signed(4, 0))
    kit.clock.advance(400_000)
    await kit.pool.close()
    const again = await poolKit({ queuedLifetimeSeconds: 600 }, kit)
    expect(again.pool.status!().pending + again.pool.status!().queued).toBe(5)
    again.clock.advance(201_000)
    again.next({ gasLimit: 14_000_000n, gasUsed: 7_000_000n })
    expect(again.pool.content()).toEqual({ pending: [expect.objectContaining({ hash: good })], queued: [] })
    await again.pool.close()
    expect([...again.journal.keys()]).toEqual([good])
  })

  test('does not stay: what the balance does not cover any more', async () => {
    const kit = await poolKit()
    kit.give(1, { balance: 10n * ether })
    for (const nonce of upTo(9)) await kit.pool.add(signed(1, nonce, { value: ether }))
    kit.give(1, { balance: 3n * ether + ether / 2n })
    kit.next()
    expect(await kit.pool.pendingNonce(person(1))).toBe(3n)
    expect(kit.pool.status!()).toEqual({ pending: 3, queued: 0 })
  })

  test('does not stay: more behind a gap than allowed, however the gap came', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    for (const nonce of upTo(200)) await kit.pool.add(signed(1, nonce))
    const [first] = kit.pool.content().pending
    kit.pool.drop(first!.hash, 'invalid')
    kit.next()
    await kit.pool.select(gwei)
    expect(kit.pool.status!()).toEqual({ pending: 0, queued: 64 })
  })
})

describe('an account with a delegation (EIP-7702)', () => {
  test('has a few transactions in flight, none behind a gap', async () => {
    const kit = await poolKit()
    kit.give(1, { delegated: true })
    await expect(kit.pool.add(signed(1, 1))).rejects.toMatchObject({
      shortMessage: expect.stringContaining('gapped-nonce tx from delegated accounts'),
    })
    expect(await addAll(kit, series(1, 20))).toBe(16)
    await expect(kit.pool.add(signed(1, 16))).rejects.toMatchObject({
      shortMessage: expect.stringContaining('in-flight transaction limit reached for delegated accounts'),
    })
    // A replacement takes no further place.
    await kit.pool.add(signed(1, 3, { maxFeePerGas: 3n * gwei, maxPriorityFeePerGas: 2_000_000n }))
  })

  test('that others empty leaves nothing behind, though none of its transactions was in a block', async () => {
    const kit = await poolKit()
    kit.give(1, { delegated: true })
    await addAll(kit, series(1, 16))
    kit.give(1, { delegated: true, balance: 0n })
    kit.next()
    const selection = await kit.pool.select(gwei)
    expect(selection.peek()).toBeUndefined()
    expect(kit.pool.status!()).toEqual({ pending: 0, queued: 0 })
  })
})

describe('funds', () => {
  test('that came from somebody else count at once', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    await kit.pool.add(signed(1, 0))
    await expect(kit.pool.add(signed(1, 1, { value: ether }))).rejects.toMatchObject({
      code: 'POOL_INSUFFICIENT_FUNDS',
    })
    kit.give(1, { balance: 5n * ether })
    kit.next()
    await kit.pool.add(signed(1, 1, { value: ether }))
  })

  test('that left with a block are waited for, and what they pay goes on when they are back', async () => {
    const kit = await poolKit()
    const raw = signed(2, 0)
    const hash = transactionHash(raw)
    kit.give(2, { balance: 0n })
    kit.next({}, { removed: [inBlock(raw, hash)] })
    expect((await kit.pool.select(gwei)).peek()).toBeUndefined()
    expect(kit.pool.get(hash)).toBeDefined()
    kit.give(2, {})
    kit.next()
    expect((await kit.pool.select(gwei)).peek()?.hash).toBe(hash)
  })
})

test('what is going into a block cannot be replaced any more; what the block let go can', async () => {
  const better = { maxFeePerGas: 3n * gwei, maxPriorityFeePerGas: 2_000_000n }
  const kit = await poolKit()
  kit.give(1, {})
  await kit.pool.add(signed(1, 0))
  const selection = await kit.pool.select(gwei)
  selection.taken()
  await expect(kit.pool.add(signed(1, 0, better))).rejects.toMatchObject({ code: 'POOL_NONCE_TOO_LOW' })
  await kit.pool.select(gwei)
  await kit.pool.add(signed(1, 0, better))
})

describe('the journal', () => {
  const better = { maxFeePerGas: 3n * gwei, maxPriorityFeePerGas: 2_000_000n }

  test('has a replacement and what it replaces in one write, and the answer comes after it', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    const old = await kit.pool.add(signed(1, 0))
    let finish = () => {}
    kit.disk = () => new Promise((resolve) => (finish = resolve))
    let answered = false
    const adding = kit.pool.add(signed(1, 0, better)).then((hash) => {
      answered = true
      return hash
    })
    while (kit.writes.length < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(false)
    finish()
    const hash = await adding
    expect(kit.writes[1]).toEqual([
      expect.objectContaining({ put: expect.objectContaining({ hash }), delete: [old] }),
    ])
    expect([...kit.journal.keys()]).toEqual([hash])
  })

  test('takes what comes while it is written together', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    kit.disk = () => new Promise((resolve) => setTimeout(resolve, 20))
    expect(await addAll(kit, series(1, 200))).toBe(200)
    expect(kit.writes.length).toBeLessThan(10)
  })

  test('that cannot be written is no acknowledgement, and what was there stays', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    const old = await kit.pool.add(signed(1, 0))
    kit.disk = () => Promise.reject(new Error('no space'))
    await expect(kit.pool.add(signed(1, 0, better))).rejects.toThrow('no space')
    await expect(kit.pool.add(signed(1, 1))).rejects.toThrow('no space')
    expect(kit.pool.content().pending.map(({ hash }) => hash)).toEqual([old])
  })

  test('keeps nothing of what a block took while it was being written', async () => {
    const kit = await poolKit()
    kit.give(1, {})
    let finish = () => {}
    kit.disk = () => new Promise((resolve) => (finish = resolve))
    const raw = signed(1, 0)
    const adding = kit.pool.add(raw)
    while (kit.writes.length < 1) await new Promise((resolve) => setImmediate(resolve))
    kit.disk = async () => {}
    kit.next({}, { added: [inBlock(raw, transactionHash(raw))] })
    finish()
    await adding
    await kit.pool.close()
    expect(kit.journal.size).toBe(0)
  })

  test('with two of one nonce gives the word that came to the pool, not the one that came back with a block', async () => {
    const first = signed(1, 0)
    const second = signed(1, 0, better)
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const journal = new Map<Hash, { raw: Uint8Array; since: number | undefined }>(
        order.map((raw) => [transactionHash(raw), { raw, since: raw === second ? 5 : undefined }]),
      )
      const { accounts } = await poolKit().then((kit) => (kit.give(1, {}), kit))
      const kit = await poolKit({ queuedLifetimeSeconds: 10 ** 10 }, { journal, accounts })
      expect(kit.pool.get(transactionHash(second))).toBeDefined()
      expect(kit.pool.get(transactionHash(first))).toBeUndefined()
      await kit.pool.close()
      expect([...kit.journal.keys()]).toEqual([transactionHash(second)])
    }
  })
})

test('senders may be recovered elsewhere, one after another or together', async () => {
  const kit = await poolKit()
  kit.give(1, {})
  expect(await addAll(kit, series(1, 50))).toBe(50)
  expect(pendingOf(kit, 1)).toEqual(upTo(50))
})

import { expect, test } from '@jest/globals'
import type { Address } from '@animechain/core'
import fc from 'fast-check'
import {
  executable,
  includableWeight,
  newAccount,
  put,
  take,
  type Account,
  type Pooled,
} from '../src/pool/account.js'
import {
  leavesBefore,
  newRanking,
  note,
  standing,
  standingOf,
  victims,
  type Standing,
} from '../src/pool/eviction.js'
import { effectiveTip, leastBaseFee, nextBaseFee } from '../src/pool/fees.js'
import { select } from '../src/pool/selection.js'
import { person } from './poolKit.js'

const pooled = (from: Address, nonce: number, fields: Partial<Pooled> & { arrival: number }): Pooled => ({
  hash: `0x${fields.arrival.toString(16).padStart(64, '0')}`,
  from,
  nonce: BigInt(nonce),
  raw: new Uint8Array(),
  maxFee: 10n,
  maxTip: 1n,
  gasLimit: 21_000n,
  cost: 1n,
  weight: 1,
  since: 0,
  restored: false,
  floorFee: 0n,
  floorTip: 0n,
  weightThrough: 0,
  ...fields,
})

const price = fc.record({ maxFee: fc.bigInt(1n, 12n), maxTip: fc.bigInt(0n, 6n) })
const arrivals = fc.array(
  fc.record({
    who: fc.nat({ max: 4 }),
    nonce: fc.nat({ max: 7 }),
    price,
    weight: fc.integer({ min: 1, max: 4 }),
    leaves: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
)
const baseFee = 6n

/** Worth of each transaction from scratch: the worst of all that must be executed before it, itself included. */
function plainStanding(account: Account, at: number): Standing {
  const prefix = account.transactions.slice(0, at + 1)
  const { arrival } = account.transactions[at]!
  const load = account.weight
  const whole = prefix.every(({ nonce }, i) => nonce === account.nonce + BigInt(i))
  const cost = prefix.reduce((sum, tx) => sum + tx.cost, 0n)
  if (!whole || cost > account.balance!) return { kind: 0, worth: 0n, load, arrival }
  const worths = prefix.map((tx) => effectiveTip(tx, baseFee))
  const worth = worths.reduce((a, b) => (b < a ? b : a))
  const kind = prefix.some((tx) => tx.maxFee < baseFee) ? 1 : 2
  return { kind, worth, load, arrival }
}

test('the standing of every transaction is that of its prefix, however the account came to be', () => {
  fc.assert(
    fc.property(arrivals, fc.bigInt(0n, 8n), (steps, balance) => {
      const account = { ...newAccount(person(1)), balance }
      steps.forEach(({ nonce, price, weight, leaves }, arrival) => {
        const tx = pooled(account.address, nonce, { arrival, weight, ...price })
        const before = standingOf(
          tx,
          account,
          account.transactions.filter((other) => other.nonce < tx.nonce).length,
          baseFee,
        )
        const isNew = !account.transactions.some((other) => other.nonce === tx.nonce)
        put(account, tx)
        const at = account.transactions.indexOf(tx)
        // What does not pay for itself was refused before it is asked how it stands.
        if (isNew && account.cost <= balance) expect(before).toEqual(standing(account, at, baseFee))
        if (leaves) take(account, account.transactions[nonce % account.transactions.length]!)
        account.transactions.forEach((_, i) =>
          expect(standing(account, i, baseFee)).toEqual(plainStanding(account, i)),
        )
      })
      const runs = account.transactions.filter((_, i) => plainStanding(account, i).kind === 2)
      expect(includableWeight(account, baseFee)).toBe(runs.reduce((sum, { weight }) => sum + weight, 0))
      expect(executable(account)).toBe(
        account.transactions.filter((_, i) => plainStanding(account, i).kind > 0).length,
      )
    }),
    { numRuns: 300 },
  )
})

test('who leaves is who would leave if the whole pool were searched each time', () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 20 }), (steps, need) => {
      const accounts = new Map<Address, Account>()
      const ranking = newRanking()
      steps.forEach(({ who, nonce, price, weight, leaves }, arrival) => {
        const address = person(who)
        const account = accounts.get(address) ?? { ...newAccount(address), balance: 1_000n }
        accounts.set(address, account)
        put(account, pooled(address, nonce, { arrival, weight, ...price }))
        note(ranking, account)
        if (!leaves) return
        // A look at the order in the middle, which fails: it changes nothing.
        expect(victims(ranking, accounts, undefined, 1_000, baseFee)).toBeUndefined()
      })
      const found = victims(ranking, accounts, undefined, need, baseFee)
      const expected: Pooled[] = []
      let freed = 0
      const copies = [...accounts.values()].map((account) => ({
        ...account,
        transactions: [...account.transactions],
      }))
      while (freed < need) {
        const tails = copies
          .filter(({ transactions }) => transactions.length > 0)
          .map((account) => ({ account, stand: plainStanding(account, account.transactions.length - 1) }))
        if (tails.length === 0) break
        const worst = tails.reduce((a, b) => (leavesBefore(b.stand, a.stand) ? b : a)).account
        const tx = worst.transactions.pop()!
        worst.weight -= tx.weight
        freed += tx.weight
        expected.push(tx)
      }
      expect(found).toEqual(freed >= need ? expected : undefined)
    }),
    { numRuns: 300 },
  )
})

test('a base fee never falls below the least that is taken for possible', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10_000n),
      fc.bigInt(2n, 250n),
      fc.array(fc.bigInt(0n, 100n), { maxLength: 300 }),
      (genesisFee, denominator, used) => {
        const chain = {
          eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: denominator },
        } as never
        let header = { baseFeePerGas: genesisFee, gasLimit: 100n, gasUsed: 0n } as never as Parameters<
          typeof nextBaseFee
        >[1]
        const least = leastBaseFee(chain, header)
        for (const gasUsed of used) {
          header = { ...header, gasUsed, baseFeePerGas: nextBaseFee(chain, header) }
          expect(header.baseFeePerGas).toBeGreaterThanOrEqual(least)
        }
      },
    ),
  )
})

test('a block takes what the pool holds when its turn comes, not what it held before', () => {
  const from = person(1)
  const other = person(2)
  const accounts = new Map<Address, Account>()
  const add = (tx: Pooled) => {
    const account = accounts.get(tx.from) ?? newAccount(tx.from)
    accounts.set(tx.from, account)
    put(account, tx)
  }
  const first = pooled(from, 0, { arrival: 0, maxTip: 3n })
  const gone = pooled(other, 0, { arrival: 1, maxTip: 2n })
  add(first)
  add(gone)
  const selection = select(accounts, { baseFee, onTaken: () => {}, onSkip: () => {} })
  expect(selection.peek()).toBe(first)
  // While the block gave way to requests, one was replaced and the other left.
  const replacement = pooled(from, 0, { arrival: 2, maxTip: 4n })
  add(replacement)
  take(accounts.get(other)!, gone)
  expect(selection.peek()).toBe(replacement)
  selection.taken()
  expect(selection.peek()).toBeUndefined()
})

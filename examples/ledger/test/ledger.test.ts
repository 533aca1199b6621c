import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  secp256k1Order,
  bigIntToBytes,
  type Address,
} from '@animechain/core'
import {
  loadProgram,
  Replayer,
  replayerModule,
  status,
  type Program,
  type ReplayerModule,
} from '@animechain/proving-machine'
import { ecrecover } from '../src/ecrecover.js'
import { Inbox } from '../src/inbox.js'
import { genesisBlock, type Account, type Chain, type LedgerBlock, type Payment } from '../src/model.js'
import { person } from '../src/person.js'
import { runInEngine } from '../src/runInEngine.js'
import { blocksOf, blockWitness } from '../src/witness.js'
import { compileLedger } from './program.js'

const rules = keccak256Hex(new TextEncoder().encode('a ledger for tests'))
const chain: Chain = { rules, ecrecover }
const [alice, bob, carol] = ['Alice', 'Bob', 'Carol'].map(person) as [Person, Person, Person]
type Person = ReturnType<typeof person>
const nobody: Address = `0x${'00'.repeat(20)}`

let wasm: Uint8Array<ArrayBuffer>
let program: Program
let module: ReplayerModule
beforeAll(async () => {
  wasm = compileLedger()
  program = loadProgram(wasm)
  module = await replayerModule()
})

const money = (...entries: [Person | Address, bigint, number?][]) =>
  new Map<Address, Account>(
    entries.map(([who, balance, nonce = 0]) => [
      typeof who === 'string' ? who : who.address,
      { balance, nonce },
    ]),
  )

/**
 * The blocks of an inbox by the model. The program must make each of them from any block before, in an engine; and in the machine, where a dispute is about it, from the one before.
 */
async function agree(genesis: LedgerBlock, inbox: Inbox, inMachine = true): Promise<LedgerBlock[]> {
  const blocks = blocksOf(genesis, inbox.batches, chain)
  const last = BigInt(blocks.length - 1)
  for (const agreed of blocks.keys())
    for (const number of new Set([BigInt(agreed) + 1n, last, last + 5n, 0n])) {
      const wanted = blocks[Math.max(agreed, Number(number < last ? number : last))]!.outputRoot
      const host = blockWitness(blocks[agreed]!, inbox.batches, number, chain)
      expect({ agreed, number, output: runInEngine(wasm, host) }).toEqual({ agreed, number, output: wanted })
      if (!inMachine || number !== BigInt(agreed) + 1n) continue
      const run = new Replayer(module, program, host, { pageLimit: 1 })
      run.run()
      expect(run.registers).toMatchObject({ status: status.halted, output: wanted })
    }
  return blocks
}

/** What people have after a batch of these payments, in blocks of four. */
async function blockAfter(accounts: Map<Address, Account>, ...payments: Uint8Array[]): Promise<LedgerBlock> {
  const inbox = new Inbox()
  inbox.append(concatBytes(...payments), Math.max(1, Math.ceil(payments.length / 4)))
  return (await agree(genesisBlock(accounts), inbox)).at(-1)!
}
const of = ({ accounts }: LedgerBlock, who: Person | Address) =>
  accounts.get(typeof who === 'string' ? who : who.address)

describe('a payment', () => {
  const pay = (from: Person, to: Person | Address, amount: bigint, nonce = 0, on = rules) =>
    from.pay({ to: typeof to === 'string' ? to : to.address, amount, nonce }, on)

  test('moves money, also to somebody new and all of it', async () => {
    const after = await blockAfter(
      money([alice, 100n], [bob, 7n]),
      await pay(alice, carol, 30n),
      await pay(carol, bob, 30n),
      await pay(alice, nobody, 70n, 1),
    )
    expect([alice, bob, carol, nobody].map((who) => of(after, who))).toEqual([
      { balance: 0n, nonce: 2 },
      { balance: 37n, nonce: 0 },
      { balance: 0n, nonce: 1 },
      { balance: 70n, nonce: 0 },
    ])
  })

  test('to oneself only counts', async () => {
    const after = await blockAfter(money([alice, 100n], [bob, 7n]), await pay(alice, alice, 100n))
    expect(of(after, alice)).toEqual({ balance: 100n, nonce: 1 })
  })

  test.each<[string, () => Promise<Uint8Array>]>([
    ['of more than there is', () => pay(alice, bob, 101n)],
    ['of nothing', () => pay(alice, carol, 0n)],
    ['with a nonce ahead', () => pay(alice, bob, 1n, 1)],
    ['of somebody without an account', () => pay(carol, bob, 0n)],
    ['for another chain', () => pay(alice, bob, 1n, 0, keccak256Hex(new Uint8Array()))],
    ['nobody has signed', async () => (await pay(alice, bob, 1n)).fill(0, 32)],
    ['with r out of range', async () => (await pay(alice, bob, 1n)).fill(0xff, 32, 64)],
    [
      'changed after it was signed',
      async () => {
        const bytes = await pay(alice, bob, 1n)
        bytes[27]! += 1
        return bytes
      },
    ],
    ['cut short', async () => (await pay(alice, bob, 1n)).subarray(0, 95)],
  ])('%s changes nothing', async (_, make) => {
    const accounts = money([alice, 100n], [bob, 7n])
    expect([...(await blockAfter(accounts, await make())).accounts]).toEqual([...accounts])
  })

  test('stands once, whichever of its two signatures it has', async () => {
    const first = await pay(alice, bob, 40n)
    const twin = first.slice()
    const s = first.slice(64)
    s[0]! &= 0x7f
    twin.set(bigIntToBytes(secp256k1Order - bytesToBigInt(s), 32), 64)
    twin[64] = (twin[64]! & 0x7f) | (~first[64]! & 0x80)
    const after = await blockAfter(money([alice, 100n]), first, first, twin)
    expect(of(after, alice)).toEqual({ balance: 60n, nonce: 1 })
  })

  test('is the last at the end of nonces', async () => {
    const accounts = money([alice, 100n, 2 ** 32 - 2])
    const after = await blockAfter(
      accounts,
      await pay(alice, bob, 1n, 2 ** 32 - 2),
      await pay(alice, bob, 1n, 2 ** 32 - 1),
      await pay(alice, bob, 1n, 0),
    )
    expect(of(after, alice)).toEqual({ balance: 99n, nonce: 2 ** 32 - 1 })
  })

  test('reaches addresses that differ in their last bit, and the greatest sum', async () => {
    const twin = bytesToHex(hexToBytes(alice.address).map((byte, i) => (i === 19 ? byte ^ 1 : byte)))
    const all = 2n ** 64n - 1n
    const after = await blockAfter(
      money([alice, all]),
      await pay(alice, twin, all),
      await pay(alice, bob, 1n, 1),
    )
    expect(of(after, twin)).toEqual({ balance: all, nonce: 0 })
    expect(() => genesisBlock(money([alice, all], [bob, 1n]))).toThrow('expected less than 2^64 units')
  })
})

describe('a batch', () => {
  const six = async () =>
    Promise.all([0, 1, 2, 3, 4, 5].map((nonce) => alice.pay({ to: bob.address, amount: 1n, nonce }, rules)))

  test('has four payments in a block, and those beyond its blocks are lost', async () => {
    const inbox = new Inbox()
    inbox.append(concatBytes(...(await six())), 1)
    inbox.append(concatBytes(...(await six())), 3)
    const blocks = await agree(genesisBlock(money([alice, 100n])), inbox)
    // The second batch has payments 4 and 5 in its second block.
    expect(blocks.map((block) => of(block, bob)?.balance ?? 0n)).toEqual([0n, 4n, 4n, 6n, 6n])
  })

  test.each([0, 1, 2, 3])('of kind %d', async (kind) => {
    const inbox = new Inbox()
    inbox.append(concatBytes(...(await six())), 2, kind)
    inbox.append(new Uint8Array(), 1, kind)
    const blocks = await agree(genesisBlock(money([alice, 100n])), inbox)
    expect(of(blocks.at(-1)!, bob)?.balance ?? 0n).toBe(kind <= 1 ? 6n : 0n)
  })
})

describe('random batches', () => {
  /** mulberry32: the same numbers on every run */
  function numbers(seed: number) {
    let state = seed
    return (below: number) => {
      state = (state + 0x6d2b79f5) >>> 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) % below
    }
  }
  const people = Array.from({ length: 8 }, (_, i) => person(`person ${i}`))

  /** A payment that may stand, or not for one reason of many. */
  async function anything(
    next: (below: number) => number,
    nonces: Map<Address, number>,
  ): Promise<Uint8Array> {
    const random = (length: number) => Uint8Array.from({ length }, () => next(256))
    if (next(8) === 0) return random(next(3) === 0 ? next(96) : 96)
    const from = people[next(6)]!
    const nonce = nonces.get(from.address) ?? 0
    const payment: Payment = {
      to: next(6) === 0 ? bytesToHex(random(20)) : people[next(people.length)]!.address,
      amount: BigInt(next(20)),
      nonce: next(8) === 0 ? next(4) : nonce,
    }
    const bytes = await from.pay(payment, rules)
    if (next(8) === 0) bytes[next(96)]! ^= 1 << next(8)
    else if (payment.amount > 0n && payment.nonce === nonce) nonces.set(from.address, nonce + 1)
    return bytes
  }

  test('give in the program what they give in the model', async () => {
    let stood = 0
    for (let seed = 1; seed <= 24; seed++) {
      const next = numbers(seed)
      const inbox = new Inbox()
      const nonces = new Map<Address, number>()
      for (let i = 0; i < 1 + next(3); i++) {
        const payments = await Promise.all(Array.from({ length: next(13) }, () => anything(next, nonces)))
        inbox.append(concatBytes(...payments), 1 + next(5), next(10) === 0 ? 2 : next(2))
      }
      const genesis = genesisBlock(money(...people.slice(0, 5).map((who) => [who, 100n] as [Person, bigint])))
      const { accounts } = (await agree(genesis, inbox, seed % 6 === 0)).at(-1)!
      let total = 0n
      for (const { balance, nonce } of accounts.values()) {
        total += balance
        stood += nonce
      }
      expect(total).toBe(500n)
    }
    // Else all of this would have been about batches that do nothing.
    expect(stood).toBeGreaterThan(60)
  })
})

import { predeploys, type Address, type StateReader } from '@animechain/core'
import fc from 'fast-check'
import { equal } from '../assert.js'
import type { Promises } from '../runner.js'
import { account, alice, bob, contracts, deposit, ETHER, genesis, INIT, pauper, type World } from './world.js'

const people = [alice, bob, pauper, account(10), account(11)]
const targets: readonly Address[] = [
  ...people.map(({ address }) => address),
  contracts.counter.address,
  contracts.reverter.address,
  contracts.caller.address,
  contracts.invalid.address,
]

interface Action {
  kind: 'transfer' | 'deposit' | 'create'
  /** index of `people` */
  who: number
  /** index of `targets` */
  to: number
  value: bigint
  mint: bigint
  gasLimit: bigint
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('transfer', 'deposit', 'create'),
  who: fc.nat(people.length - 1),
  to: fc.nat(targets.length - 1),
  value: fc.oneof(fc.bigInt({ min: 0n, max: 10n }), fc.bigInt({ min: 0n, max: 2n * ETHER })),
  mint: fc.bigInt({ min: 0n, max: ETHER }),
  gasLimit: fc.bigInt({ min: 20_000n, max: 150_000n }),
})

/** A block of these actions: deposits first, then signed transactions with the nonces that follow. */
async function transactionsOf(actions: readonly Action[], before: StateReader): Promise<Uint8Array[]> {
  const nonces = new Map<number, bigint>()
  const deposits: Uint8Array[] = []
  const signed: Uint8Array[] = []
  for (const { kind, who, to, value, mint, gasLimit } of actions) {
    const person = people[who]!
    if (kind === 'deposit') {
      deposits.push(deposit({ from: person.address, to: targets[to], mint, value, gasLimit }))
      continue
    }
    const kept = (await before.getAccount(person.address))?.nonce ?? 0n
    const deposited = actions.filter((other) => other.kind === 'deposit' && other.who === who).length
    const nonce = nonces.get(who) ?? kept + BigInt(deposited)
    nonces.set(who, nonce + 1n)
    const target = kind === 'create' ? { data: INIT } : { to: targets[to] }
    signed.push(person.sign({ nonce, value, gasLimit, ...target }))
  }
  return [...deposits, ...signed]
}

/** Executes the blocks and compares, after each, the sum of all balances with what was allocated and minted. */
async function conserves(world: World, blocks: readonly (readonly Action[])[]): Promise<void> {
  let total = Object.values(genesis.alloc).reduce((sum, { balance = 0n }) => sum + balance, 0n)
  const places = new Set<Address>([
    ...(Object.keys(genesis.alloc) as Address[]),
    ...targets,
    predeploys.baseFeeVault,
    predeploys.l1FeeVault,
    predeploys.sequencerFeeVault,
  ])
  let head = world.genesis
  for (const actions of blocks) {
    for (const { kind, mint } of actions) if (kind === 'deposit') total += mint
    const block = await world.block(head, await transactionsOf(actions, world.engine.stateAt(head)))
    equal(block.transactions.length + block.skipped.length, actions.length)
    for (const { receipt } of block.transactions)
      if (receipt.contractAddress) places.add(receipt.contractAddress)
    head = block.header
    let sum = 0n
    for (const place of places) sum += await world.balance(head, place)
    equal(sum, total)
  }
}

/** Value is neither made nor lost. */
export const conservation: Promises<World> = {
  'conserves value: what is there is what was allocated and minted, to the wei': async ({ open }) => {
    const blocks = fc.array(fc.array(action, { maxLength: 6 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(blocks, async (drawn) => {
        const world = await open()
        await conserves(world, drawn)
        await world.engine.close()
      }),
      { numRuns: 25, seed: 3 },
    )
  },
}

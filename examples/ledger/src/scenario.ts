import { concatBytes, equalBytes, hexToBytes, keccak256Hex, type Address } from '@animechain/core'
import { ecrecover } from './ecrecover.js'
import { Inbox } from './inbox.js'
import { BLOCK_PAYMENTS, genesisBlock, PAYMENT_BYTES, type Account, type Chain } from './model.js'
import { person, type Person } from './person.js'

const rules = keccak256Hex(new TextEncoder().encode('a payments ledger'))

/** A block's payments in a batch; what is missing are zeros, which nobody signed. */
const inBlock = (...payments: Uint8Array[]) => {
  const out = new Uint8Array(BLOCK_PAYMENTS * PAYMENT_BYTES)
  out.set(concatBytes(...payments))
  return out
}

/**
 * A batch of three blocks on L1. In the second there is a payment of Alice's money to Mallory that Mallory signed. The honest chain takes it for what it is, a payment by
 * Mallory, who has nothing; for `lie` Alice has signed it.
 */
export async function scenario() {
  const people = ['Alice', 'Bob', 'Mallory'].map(person) as [Person, Person, Person]
  const [alice, bob, mallory] = people
  const forged = await mallory.pay({ to: mallory.address, amount: 900n, nonce: 1 }, rules)
  const inbox = new Inbox()
  inbox.append(
    concatBytes(
      inBlock(await alice.pay({ to: bob.address, amount: 10n, nonce: 0 }, rules)),
      inBlock(await bob.pay({ to: alice.address, amount: 3n, nonce: 0 }, rules), forged),
      inBlock(await bob.pay({ to: alice.address, amount: 4n, nonce: 1 }, rules)),
    ),
    3,
  )
  const accounts = new Map<Address, Account>([
    [alice.address, { balance: 1_000n, nonce: 0 }],
    [bob.address, { balance: 50n, nonce: 0 }],
  ])
  const chain: Chain = { rules, ecrecover }
  const signature = forged.subarray(32, 64)
  const lie: Chain = {
    rules,
    ecrecover: (input) =>
      equalBytes(input.subarray(64, 96), signature)
        ? concatBytes(new Uint8Array(12), hexToBytes(alice.address))
        : ecrecover(input),
  }
  return {
    people,
    genesis: genesisBlock(accounts),
    batches: inbox.batches,
    chain,
    lie,
  }
}

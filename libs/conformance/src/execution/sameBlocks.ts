import type { Hash } from '@animechain/core'
import { deepEqual } from '../assert.js'
import type { Promises } from '../runner.js'
import {
  ETHER,
  INIT,
  STRANGER,
  account,
  alice,
  bob,
  contracts,
  deposit,
  plainStore,
  robot,
  slot,
  type World,
} from './world.js'

/** The same blocks everywhere. */
export const sameBlocks: Promises<World> = {
  'gives two engines the same blocks, and the ones that are written down': async (world) => {
    const other = await world.open({ storage: plainStore() })
    const hashes: Hash[] = [world.genesis.hash]
    let head = world.genesis
    for (const transactions of story()) {
      const [here, there] = [await world.block(head, transactions), await other.block(head, transactions)]
      deepEqual(here, there)
      head = here.header
      hashes.push(head.hash)
    }
    await other.engine.close()
    deepEqual(hashes, KNOWN_HASHES)
  },
}

/** Blocks with a bit of everything. */
function story(): Uint8Array[][] {
  return [
    [
      deposit({ from: STRANGER, to: bob.address, mint: ETHER, value: 5n }),
      alice.sign({ type: 0, nonce: 0n, to: bob.address, value: 1n }),
    ],
    [
      alice.sign({ nonce: 1n, data: INIT }),
      alice.sign({
        type: 1,
        nonce: 2n,
        to: contracts.caller.address,
        accessList: [{ address: contracts.counter.address, storageKeys: [slot(0)] }],
      }),
      Uint8Array.of(9),
      bob.sign({ nonce: 0n, to: contracts.logger.address }),
    ],
    [],
    [
      deposit({ from: bob.address, to: contracts.reverter.address, mint: 1n, value: 1n }),
      alice.sign({
        type: 4,
        nonce: 3n,
        to: robot.address,
        gasLimit: 200_000n,
        authorizationList: [account(20).authorize(contracts.counter.address, 0n)],
      }),
      alice.sign({ nonce: 4n, to: account(20).address }),
      alice.sign({ nonce: 5n, to: contracts.clearer.address }),
      alice.sign({ nonce: 6n, to: contracts.hugeRevert.address }),
    ],
  ]
}

/** Hashes of the genesis and of {@link story}'s blocks. Whoever changes them changes the protocol. */
const KNOWN_HASHES: readonly Hash[] = [
  '0x4e73119ec807cc16a237036f0c8d62024adba3bf3595f4fe46f9bbf97c9e3b62',
  '0x8acf0cf512be326920979dab30ce4143a9a0f4531a83d6ff6feefb662a5cb631',
  '0x9845cde5438af3126244081557e4939540ae1d545c2b454acc9df4c21bdad886',
  '0x219de4c0a02b8416b83770262a232773572dc103628993f0e365910a242d2f98',
  '0x90e93ab9bb1136300b22a831dc82940e08801f039dbe1dbaba89b5eb5eaeb507',
]

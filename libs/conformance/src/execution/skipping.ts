import { bytesToHex, type SkipReason } from '@animechain/core'
import { rlpDecode, rlpEncode, uintToBytes } from '@animechain/tx'
import fc from 'fast-check'
import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import {
  ETHER,
  GWEI,
  STRANGER,
  alice,
  bob,
  contracts,
  deposit,
  exhausted,
  expectedL1Fee,
  pauper,
  robot,
  type World,
} from './world.js'

/** Reason, transaction, and how many of its sender come before it. */
const skips: [SkipReason, () => Uint8Array, number?][] = [
  ['undecodable', () => Uint8Array.of(2, 0xc0)],
  ['undecodable', () => new Uint8Array(0)],
  ['undecodable', () => concat(alice.sign({ nonce: 0n, to: STRANGER }), 0)],
  ['undecodable', () => deposit({ from: STRANGER }).slice(0, -1)],
  ['wrongChainId', () => alice.sign({ nonce: 0n, to: STRANGER, chainId: 1n })],
  ['wrongChainId', () => alice.sign({ type: 0, nonce: 0n, to: STRANGER, chainId: 1n })],
  ['unsupportedType', () => Uint8Array.of(5, 0xc0)],
  [
    'unsupportedType',
    () => alice.sign({ type: 3, nonce: 0n, to: STRANGER, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] }),
  ],
  ['invalidSignature', () => highS(alice.sign({ nonce: 0n, to: STRANGER }))],
  ['nonceTooLow', () => alice.sign({ nonce: 0n, to: STRANGER }), 1],
  ['nonceTooHigh', () => alice.sign({ nonce: 1n, to: STRANGER })],
  ['nonceMax', () => exhausted.sign({ nonce: 2n ** 64n - 1n, to: STRANGER })],
  ['insufficientFunds', () => pauper.sign({ nonce: 0n, to: STRANGER })],
  ['insufficientFunds', () => alice.sign({ nonce: 0n, to: STRANGER, value: 100n * ETHER })],
  [
    'feeCapBelowBaseFee',
    () => alice.sign({ nonce: 0n, to: STRANGER, maxFeePerGas: 7n, maxPriorityFeePerGas: 7n }),
  ],
  [
    'priorityAboveFeeCap',
    () => alice.sign({ nonce: 0n, to: STRANGER, maxFeePerGas: 7n * GWEI, maxPriorityFeePerGas: 8n * GWEI }),
  ],
  ['intrinsicGasTooLow', () => alice.sign({ nonce: 0n, to: STRANGER, gasLimit: 20_999n })],
  // above the intrinsic gas of 21,400 and below the floor of 22,000
  [
    'intrinsicGasTooLow',
    () => alice.sign({ nonce: 0n, to: STRANGER, data: `0x${'00'.repeat(100)}`, gasLimit: 21_999n }),
  ],
  ['gasLimitAboveCap', () => alice.sign({ nonce: 0n, to: STRANGER, gasLimit: 2n ** 24n + 1n })],
  ['senderNotEoa', () => robot.sign({ nonce: 0n, to: STRANGER })],
  [
    'initCodeTooLarge',
    () => alice.sign({ nonce: 0n, data: `0x${'00'.repeat(49_153)}`, gasLimit: 3_000_000n }),
  ],
  ['emptyAuthorizationList', () => alice.sign({ type: 4, nonce: 0n, to: STRANGER })],
  ['depositNotAllowed', () => deposit({ from: STRANGER, mint: 1n }), 1],
]

const isSkipped = (reason: SkipReason, make: () => Uint8Array, before: number) => async (world: World) => {
  const first = Array.from({ length: before }, (_, i) =>
    alice.sign({ nonce: BigInt(i), to: STRANGER, value: 1n }),
  )
  const after = bob.sign({ nonce: 0n, to: STRANGER, value: 2n })
  const raw = make()
  const block = await world.block(world.genesis, [...first, raw, after])
  deepEqual(
    block.skipped.map((skipped) => [skipped.reason, bytesToHex(skipped.raw)]),
    [[reason, bytesToHex(raw)]],
  )
  const without = await world.block(world.genesis, [...first, after])
  deepEqual(block.header, without.header)
  deepEqual(block.transactions, without.transactions)
}

/** What is passed over, and why. */
export const skipping: Promises<World> = {
  ...Object.fromEntries(
    skips.map(([reason, make, before = 0], index) => [
      `passes over case ${index} as ${reason}, and the block is as if it had not been there`,
      isSkipped(reason, make, before),
    ]),
  ),

  'passes over what exceeds the gas that is left in the block': async (world) => {
    const block = await world.block(
      world.genesis,
      [
        alice.sign({ nonce: 0n, to: STRANGER, gasLimit: 60_000n }),
        alice.sign({ nonce: 1n, to: STRANGER, gasLimit: 60_000n }),
        alice.sign({ nonce: 1n, to: STRANGER, gasLimit: 30_000n }),
      ],
      { gasLimit: 80_000n },
    )
    deepEqual(
      block.skipped.map(({ reason }) => reason),
      ['gasLimitAboveBlock'],
    )
    equal(block.header.gasUsed, 42_000n)
  },

  'takes the L1 fee into what a sender must own, to the wei': async (world) => {
    const make = (value: bigint) => bob.sign({ nonce: 0n, to: STRANGER, value, gasLimit: 21_000n })
    // The value's bytes are part of the fee: bytes of the same kind keep it the same.
    const probe = make(ETHER - 21_000n * 10n * GWEI - expectedL1Fee(make(ETHER - 1n)).l1Fee)
    const limit = ETHER - 21_000n * 10n * GWEI - expectedL1Fee(probe).l1Fee
    for (const value of [limit, limit + 1n]) {
      const raw = make(value)
      const affordable = value + 21_000n * 10n * GWEI + expectedL1Fee(raw).l1Fee <= ETHER
      const block = await world.block(world.genesis, [raw])
      deepEqual(
        block.skipped.map(({ reason }) => reason),
        affordable ? [] : ['insufficientFunds'],
      )
    }
  },

  'is total: any bytes are either a transaction or skipped': async (world) => {
    const valid = alice.sign({ nonce: 0n, to: contracts.counter.address })
    const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 }))
            .map(([at, flip]) => valid.map((byte, i) => (i === at ? byte ^ flip : byte))),
        ),
        async (raw) => {
          if (raw[0] === 0x7e) return
          const outcome = await builder.add(raw)
          ok(outcome.status === 'included' || outcome.reason.length > 0)
        },
      ),
      { numRuns: 300, seed: 1 },
    )
    await builder.abort()
  },
}

function concat(bytes: Uint8Array, last: number): Uint8Array {
  return Uint8Array.of(...bytes, last)
}

/** The same signature with `n - s`: valid mathematics, refused by EIP-2. */
function highS(raw: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const fields = [...(rlpDecode(raw.subarray(1)) as readonly Uint8Array[])]
  const s = BigInt(bytesToHex(fields[fields.length - 1]!))
  fields[fields.length - 1] = uintToBytes(order - s)
  const parity = fields[fields.length - 3]!
  fields[fields.length - 3] = parity.length === 0 ? Uint8Array.of(1) : new Uint8Array(0)
  return Uint8Array.of(raw[0]!, ...rlpEncode(fields))
}

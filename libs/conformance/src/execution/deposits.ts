import { bytesToHex, hexToBytes, predeploys } from '@animechain/core'
import { transactionHash } from '@animechain/tx'
import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import {
  ETHER,
  INIT,
  RUNTIME,
  STRANGER,
  alice,
  bob,
  contracts,
  deposit,
  exhausted,
  onlyTransaction,
  robot,
  type World,
} from './world.js'

/** What deposits promise: they are never skipped. */
export const deposits: Promises<World> = {
  'mint, move value and raise the nonce, without any fee': async (world) => {
    const raw = deposit({ from: STRANGER, to: bob.address, mint: 10n, value: 4n })
    const block = await world.block(world.genesis, [raw])
    const { receipt, from, hash } = onlyTransaction(block)
    equal(from, STRANGER)
    equal(hash, transactionHash(raw))
    equal(receipt.type, 0x7e)
    equal(receipt.status, 1)
    equal(receipt.gasUsed, 21_000n)
    equal(receipt.effectiveGasPrice, 0n)
    equal(receipt.depositNonce, 0n)
    equal(receipt.l1Fee, undefined)
    equal(await world.balance(block.header, STRANGER), 6n)
    equal(await world.balance(block.header, bob.address), ETHER + 4n)
    equal((await world.engine.stateAt(block.header).getAccount(STRANGER))?.nonce, 1n)
    equal(await world.balance(block.header, predeploys.baseFeeVault), 0n)
  },

  'that fail keep mint and nonce only': async (world) => {
    const fail = async (raw: Uint8Array, gasUsed?: bigint) => {
      const block = await world.block(world.genesis, [raw])
      const { receipt } = onlyTransaction(block)
      equal(receipt.status, 0)
      deepEqual(receipt.logs, [])
      if (gasUsed !== undefined) equal(receipt.gasUsed, gasUsed)
      const state = await world.engine.stateAt(block.header).getAccount(STRANGER)
      equal(state?.balance, 10n)
      equal(state?.nonce, 1n)
      return receipt
    }
    const base = { from: STRANGER, mint: 10n, gasLimit: 90_000n }
    // reverts: what the call used
    ok((await fail(deposit({ ...base, to: contracts.reverter.address, value: 4n }))).gasUsed < 90_000n)
    // reverts in init code, with what could not be deployed
    const revertsWithEf = hexToBytes('0x60ef60005360016000fd')
    ok((await fail(deposit({ ...base, data: revertsWithEf }))).gasUsed < 90_000n)
    // halts, and runs out of gas
    await fail(deposit({ ...base, to: contracts.invalid.address, value: 4n }), 90_000n)
    await fail(deposit({ ...base, to: contracts.loop.address }), 90_000n)
    // cannot pay the value
    await fail(deposit({ ...base, to: bob.address, value: 11n }), 90_000n)
    await fail(deposit({ ...base, value: 11n, data: hexToBytes(INIT) }), 90_000n)
    // intrinsic gas above the limit
    await fail(deposit({ ...base, to: bob.address, gasLimit: 20_999n }), 20_999n)
    // init code that is too large
    await fail(deposit({ ...base, gasLimit: 2_000_000n, data: new Uint8Array(49_153) }), 2_000_000n)
  },

  'fail for a sender at its last nonce, which stays': async (world) => {
    const base = { from: exhausted.address, mint: 10n, value: 4n, gasLimit: 90_000n }
    const block = await world.block(world.genesis, [
      deposit({ ...base, to: bob.address }),
      deposit({ ...base, data: hexToBytes(INIT) }),
    ])
    for (const { receipt } of block.transactions) {
      equal(receipt.status, 0)
      equal(receipt.gasUsed, 90_000n)
      equal(receipt.depositNonce, 2n ** 64n - 1n)
    }
    const state = await world.engine.stateAt(block.header).getAccount(exhausted.address)
    equal(state?.nonce, 2n ** 64n - 1n)
    equal(state?.balance, ETHER + 20n)
    equal(await world.balance(block.header, bob.address), ETHER)
  },

  'create contracts, of accounts with code too, and beyond EIP-7825’s cap': async (world) => {
    const block = await world.block(world.genesis, [
      deposit({ from: robot.address, data: hexToBytes(INIT), gasLimit: 20_000_000n }),
    ])
    const { receipt } = onlyTransaction(block)
    equal(receipt.status, 1)
    equal(
      bytesToHex(await world.engine.stateAt(block.header).getCode(receipt.contractAddress!)),
      `0x${RUNTIME}`,
    )
  },

  'get no refund and no floor': async (world) => {
    const block = await world.block(world.genesis, [
      deposit({ from: STRANGER, to: contracts.clearer.address }),
      deposit({ from: STRANGER, to: bob.address, data: new Uint8Array(100) }),
    ])
    equal(block.transactions[0]!.receipt.gasUsed, 26_006n)
    equal(block.transactions[1]!.receipt.gasUsed, 21_400n)
  },

  'do not fail on the block’s gas limit, and leave the rest of the block no room': async (world) => {
    const block = await world.block(
      world.genesis,
      [
        deposit({ from: STRANGER, to: contracts.loop.address, gasLimit: 90_000n }),
        alice.sign({ nonce: 0n, to: STRANGER, gasLimit: 21_000n }),
      ],
      { gasLimit: 100_000n },
    )
    equal(block.header.gasUsed, 90_000n)
    deepEqual(
      block.skipped.map(({ reason }) => reason),
      ['gasLimitAboveBlock'],
    )
  },
}

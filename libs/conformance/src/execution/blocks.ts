import { bytesToHex, hexToBytes, predeploys } from '@animechain/core'
import { transactionHash, uintToBytes } from '@animechain/tx'
import { deepEqual, equal, notEqual, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { headerHash, rlpKeccak } from './headerHash.js'
import {
  EMPTY_REQUESTS,
  EMPTY_ROOT,
  ETHER,
  GWEI,
  INIT,
  RUNTIME,
  STRANGER,
  alice,
  bob,
  contracts,
  expectedL1Fee,
  l1,
  onlyTransaction,
  slot,
  type World,
} from './world.js'

const movesValue = (type: 0 | 1 | 2) => async (world: World) => {
  const raw = alice.sign({ type, nonce: 0n, to: STRANGER, value: 5n })
  const block = await world.block(world.genesis, [raw])
  const { receipt, hash, from } = onlyTransaction(block)
  const baseFee = block.header.baseFeePerGas
  const price = type === 2 ? baseFee + GWEI : 10n * GWEI
  const fee = expectedL1Fee(raw)
  equal(hash, transactionHash(raw))
  equal(from, alice.address)
  equal(receipt.type, type)
  equal(receipt.status, 1)
  equal(receipt.gasUsed, 21_000n)
  equal(receipt.cumulativeGasUsed, 21_000n)
  equal(receipt.effectiveGasPrice, price)
  deepEqual(receipt.l1Fee, {
    ...fee,
    l1GasPrice: l1.baseFee,
    l1BlobBaseFee: l1.blobBaseFee,
    baseFeeScalar: l1.baseFeeScalar,
    blobBaseFeeScalar: l1.blobBaseFeeScalar,
  })
  equal(block.header.gasUsed, 21_000n)
  equal(await world.balance(block.header, STRANGER), 5n)
  equal(await world.balance(block.header, alice.address), 100n * ETHER - 5n - 21_000n * price - fee.l1Fee)
  equal(await world.balance(block.header, predeploys.baseFeeVault), 21_000n * baseFee)
  equal(await world.balance(block.header, predeploys.sequencerFeeVault), 21_000n * (price - baseFee))
  equal(await world.balance(block.header, predeploys.l1FeeVault), fee.l1Fee)
}

/** What transactions leave in a block. */
export const blocks: Promises<World> = {
  'without transactions keep the accounts and lower the base fee by EIP-1559': async (world) => {
    const { header } = await world.block(world.genesis, [])
    equal(header.baseFeePerGas, GWEI - GWEI / 50n)
    equal(header.gasUsed, 0n)
    equal(header.parentHash, world.genesis.hash)
    equal(header.beneficiary, predeploys.sequencerFeeVault)
    equal(header.extraData, '0x')
    equal(header.blobGasUsed, 0n)
    equal(header.excessBlobGas, 0n)
    equal(header.requestsHash, EMPTY_REQUESTS)
    equal(header.withdrawalsRoot, EMPTY_ROOT)
    equal(header.hash, headerHash(header))
    // EIP-2935 keeps the parent's hash.
    equal(await world.storageAt(header, predeploys.historyStorage, 0), BigInt(world.genesis.hash))
    equal(await world.balance(header, alice.address), 100n * ETHER)
  },

  ...Object.fromEntries(
    ([0, 1, 2] as const).map((type) => [
      `move value by a transaction of type ${type} and charge it to the wei`,
      movesValue(type),
    ]),
  ),

  'set an account’s code by an authorization (EIP-7702)': async (world) => {
    const raw = alice.sign({
      type: 4,
      nonce: 0n,
      to: bob.address,
      gasLimit: 200_000n,
      authorizationList: [
        bob.authorize(contracts.counter.address, 0n),
        // Passed over: a nonce that is not bob's, another chain.
        bob.authorize(contracts.reverter.address, 0n),
        bob.authorize(contracts.reverter.address, 1n, 5n),
      ],
    })
    const block = await world.block(world.genesis, [raw])
    equal(onlyTransaction(block).receipt.status, 1)
    const state = world.engine.stateAt(block.header)
    equal(bytesToHex(await state.getCode(bob.address)), `0xef0100${contracts.counter.address.slice(2)}`)
    equal((await state.getAccount(bob.address))?.nonce, 1n)
    equal(await world.storageAt(block.header, bob.address, 0), 1n)
    // Its owner may go on sending.
    const next = await world.block(block.header, [bob.sign({ nonce: 1n, to: STRANGER, value: 1n })])
    equal(onlyTransaction(next).receipt.status, 1)
  },

  'create contracts': async (world) => {
    const block = await world.block(world.genesis, [alice.sign({ nonce: 0n, data: INIT })])
    const { receipt } = onlyTransaction(block)
    equal(receipt.status, 1)
    const address =
      `0x${bytesToHex(rlpKeccak([hexToBytes(alice.address), uintToBytes(0n)])).slice(26)}` as const
    equal(receipt.contractAddress, address)
    const state = world.engine.stateAt(block.header)
    equal(bytesToHex(await state.getCode(address)), `0x${RUNTIME}`)
    equal((await state.getAccount(address))?.nonce, 1n)
  },

  'keep fee and nonce of transactions that fail, and nothing else': async (world) => {
    const gasLimit = 60_000n
    const raws = [
      alice.sign({ nonce: 0n, to: contracts.reverter.address, value: 7n, gasLimit }),
      alice.sign({ nonce: 1n, to: contracts.invalid.address, value: 7n, gasLimit }),
      alice.sign({ nonce: 2n, to: contracts.hugeRevert.address, gasLimit }),
      alice.sign({ nonce: 3n, to: contracts.loop.address, gasLimit }),
    ]
    const block = await world.block(world.genesis, raws)
    deepEqual(
      block.transactions.map(({ receipt }) => receipt.status),
      [0, 0, 0, 0],
    )
    ok(block.transactions[0]!.receipt.gasUsed < gasLimit)
    for (const { receipt } of block.transactions.slice(1)) equal(receipt.gasUsed, gasLimit)
    const state = world.engine.stateAt(block.header)
    equal((await state.getAccount(alice.address))?.nonce, 4n)
    equal(await world.balance(block.header, contracts.reverter.address), 0n)
    const fees = block.transactions.reduce(
      (sum, { receipt }) => sum + receipt.gasUsed * receipt.effectiveGasPrice + receipt.l1Fee!.l1Fee,
      0n,
    )
    equal(await world.balance(block.header, alice.address), 100n * ETHER - fees)
  },

  'give back at most a fifth of the gas for cleared storage, and charge the floor of EIP-7623': async (
    world,
  ) => {
    const cleared = alice.sign({ nonce: 0n, to: contracts.clearer.address })
    // 100 zero bytes: 21,000 + 10 a token is more than 21,000 + 4.
    const bulky = alice.sign({ nonce: 1n, to: STRANGER, data: `0x${'00'.repeat(100)}` })
    const block = await world.block(world.genesis, [cleared, bulky])
    // 21,000 + two pushes + SSTORE of 5,000, less EIP-3529's 4,800.
    equal(block.transactions[0]!.receipt.gasUsed, 21_206n)
    equal(block.transactions[1]!.receipt.gasUsed, 22_000n)
    equal(await world.storageAt(block.header, contracts.clearer.address, 0), 0n)
  },

  'keep logs and set the bloom': async (world) => {
    const block = await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.logger.address })])
    const { receipt } = onlyTransaction(block)
    deepEqual(receipt.logs, [{ address: contracts.logger.address, topics: [slot(0xaa)], data: slot(42) }])
    equal(receipt.logsBloom, block.header.logsBloom)
    const bits = [...hexToBytes(receipt.logsBloom)].reduce(
      (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
      0,
    )
    ok(bits >= 3 && bits <= 6)
    notEqual(block.header.receiptsRoot, EMPTY_ROOT)
  },

  'show instructions their block and its ancestors': async (world) => {
    const block = await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.caller.address })])
    equal(onlyTransaction(block).receipt.status, 1)
    equal(await world.storageAt(block.header, contracts.caller.address, 1), BigInt(world.genesis.hash))
    equal(await world.storageAt(block.header, contracts.counter.address, 0), 1n)
  },
}

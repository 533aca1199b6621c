import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict'
import {
  bytesToHex,
  hexToBytes,
  isBaseError,
  predeploys,
  rollupChain,
  type AddOutcome,
  type Address,
  type CallOptions,
  type CallRequest,
  type ExecutedBlock,
  type ExecutionEngine,
  type Hash,
  type SealedHeader,
  type SkipReason,
} from '@animechain/core'
import { rlpDecode, rlpEncode, transactionHash, uintToBytes } from '@animechain/tx'
import fc from 'fast-check'
import {
  alice,
  account,
  bob,
  CHAIN_ID,
  contracts,
  deposit,
  ETHER,
  exhausted,
  expectedL1Fee,
  genesis,
  GWEI,
  l1,
  openWorld,
  pauper,
  plainStore,
  robot,
  slot,
  verifyTrieProof,
  ZERO_HASH,
  type World,
} from './executionWorld.js'

/** What a suite needs of a test runner: jest's, mocha's, vitest's or node:test's own functions fit. */
export interface ExecutionTestRunner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs?: number): void
}

export interface ExecutionSuiteOptions extends ExecutionTestRunner {
  name: string
  /** A new engine that is not open. Called for every test, twice for some. */
  create(): ExecutionEngine
}

const EMPTY_ROOT: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const EMPTY_CODE: Hash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
const EMPTY_REQUESTS: Hash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** returns the word 42 */
const RUNTIME = '602a60005260206000f3'
const INIT = `0x69${RUNTIME}600052600a6016f3` as const
const STRANGER: Address = `0x${'5'.repeat(40)}`

/** Rejections are errors of this project with a code. */
const code = (expected: string) => (error: unknown) => isBaseError(error) && error.code === expected

/** What every implementation of core's `ExecutionEngine` promises (docs/spec/protocol.md, docs/spec/execution.md). */
export function executionSuite(options: ExecutionSuiteOptions): void {
  const { describe, test, create } = options
  const promise = (name: string, body: (world: World) => Promise<void>) =>
    test(
      name,
      async () => {
        const world = await openWorld(create)
        try {
          await body(world)
        } finally {
          await world.engine.close()
        }
      },
      60_000,
    )
  const only = (block: ExecutedBlock) => {
    equal(block.transactions.length, 1)
    return block.transactions[0]!
  }

  describe(`ExecutionEngine: ${options.name}`, () => {
    describe('genesis', () => {
      promise(
        'is a header without transactions, the same whenever it is opened',
        async ({ engine, genesis: first, storage }) => {
          equal(first.number, 0n)
          equal(first.parentHash, ZERO_HASH)
          equal(first.transactionsRoot, EMPTY_ROOT)
          equal(first.receiptsRoot, EMPTY_ROOT)
          equal(first.withdrawalsRoot, EMPTY_ROOT)
          equal(first.requestsHash, EMPTY_REQUESTS)
          equal(first.gasUsed, 0n)
          equal(first.hash, headerHash(first))
          await engine.close()
          const again = await openWorld(create, { storage })
          equal(again.genesis.hash, first.hash)
          await again.engine.close()
          await engine.open({
            chain: rollupChain({ chainId: CHAIN_ID }),
            genesis,
            storage,
            blockHash: () => undefined,
          })
        },
      )

      promise('holds what was allocated', async ({ engine, genesis: first }) => {
        const state = engine.stateAt(first)
        equal((await state.getAccount(alice.address))?.balance, 100n * ETHER)
        equal((await state.getAccount(exhausted.address))?.nonce, 2n ** 64n - 1n)
        equal(bytesToHex(await state.getCode(contracts.counter.address)), contracts.counter.code)
        equal(BigInt(await state.getStorage(contracts.clearer.address, slot(0))), 1n)
        equal(await state.getAccount(STRANGER), undefined)
        equal((await state.getCode(STRANGER)).length, 0)
        equal(await state.getStorage(STRANGER, slot(0)), ZERO_HASH)
      })

      promise('leaves out what is nothing', async ({ genesis: first }) => {
        for (const nothing of [
          {},
          { balance: 0n, nonce: 0n, code: '0x', storage: { [slot(1)]: slot(0) } } as const,
        ]) {
          const other = await openWorld(create, {
            genesis: { ...genesis, alloc: { ...genesis.alloc, [STRANGER]: nothing } },
          })
          equal(other.genesis.hash, first.hash)
          await other.engine.close()
        }
      })

      promise('is refused on the storage of another chain', async ({ storage }) => {
        const other = create()
        await rejects(
          other.open({
            chain: rollupChain({ chainId: CHAIN_ID }),
            genesis: { ...genesis, timestamp: 5n },
            storage,
            blockHash: () => undefined,
          }),
          code('EXECUTION_GENESIS_MISMATCH'),
        )
      })
    })

    describe('blocks', () => {
      promise('without transactions keep the accounts and lower the base fee by EIP-1559', async (world) => {
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
      })

      for (const type of [0, 1, 2] as const)
        promise(`move value by a transaction of type ${type} and charge it to the wei`, async (world) => {
          const raw = alice.sign({ type, nonce: 0n, to: STRANGER, value: 5n })
          const block = await world.block(world.genesis, [raw])
          const { receipt, hash, from } = only(block)
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
          equal(
            await world.balance(block.header, alice.address),
            100n * ETHER - 5n - 21_000n * price - fee.l1Fee,
          )
          equal(await world.balance(block.header, predeploys.baseFeeVault), 21_000n * baseFee)
          equal(await world.balance(block.header, predeploys.sequencerFeeVault), 21_000n * (price - baseFee))
          equal(await world.balance(block.header, predeploys.l1FeeVault), fee.l1Fee)
        })

      promise('set an account’s code by an authorization (EIP-7702)', async (world) => {
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
        equal(only(block).receipt.status, 1)
        const state = world.engine.stateAt(block.header)
        equal(bytesToHex(await state.getCode(bob.address)), `0xef0100${contracts.counter.address.slice(2)}`)
        equal((await state.getAccount(bob.address))?.nonce, 1n)
        equal(await world.storageAt(block.header, bob.address, 0), 1n)
        // Its owner may go on sending.
        const next = await world.block(block.header, [bob.sign({ nonce: 1n, to: STRANGER, value: 1n })])
        equal(only(next).receipt.status, 1)
      })

      promise('create contracts', async (world) => {
        const block = await world.block(world.genesis, [alice.sign({ nonce: 0n, data: INIT })])
        const { receipt } = only(block)
        equal(receipt.status, 1)
        const address =
          `0x${bytesToHex(rlpKeccak([hexToBytes(alice.address), uintToBytes(0n)])).slice(26)}` as const
        equal(receipt.contractAddress, address)
        const state = world.engine.stateAt(block.header)
        equal(bytesToHex(await state.getCode(address)), `0x${RUNTIME}`)
        equal((await state.getAccount(address))?.nonce, 1n)
      })

      promise('keep fee and nonce of transactions that fail, and nothing else', async (world) => {
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
      })

      promise(
        'give back at most a fifth of the gas for cleared storage, and charge the floor of EIP-7623',
        async (world) => {
          const cleared = alice.sign({ nonce: 0n, to: contracts.clearer.address })
          // 100 zero bytes: 21,000 + 10 a token is more than 21,000 + 4.
          const bulky = alice.sign({ nonce: 1n, to: STRANGER, data: `0x${'00'.repeat(100)}` })
          const block = await world.block(world.genesis, [cleared, bulky])
          // 21,000 + two pushes + SSTORE of 5,000, less EIP-3529's 4,800.
          equal(block.transactions[0]!.receipt.gasUsed, 21_206n)
          equal(block.transactions[1]!.receipt.gasUsed, 22_000n)
          equal(await world.storageAt(block.header, contracts.clearer.address, 0), 0n)
        },
      )

      promise('keep logs and set the bloom', async (world) => {
        const block = await world.block(world.genesis, [
          alice.sign({ nonce: 0n, to: contracts.logger.address }),
        ])
        const { receipt } = only(block)
        deepEqual(receipt.logs, [{ address: contracts.logger.address, topics: [slot(0xaa)], data: slot(42) }])
        equal(receipt.logsBloom, block.header.logsBloom)
        const bits = [...hexToBytes(receipt.logsBloom)].reduce(
          (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
          0,
        )
        ok(bits >= 3 && bits <= 6)
        notEqual(block.header.receiptsRoot, EMPTY_ROOT)
      })

      promise('show instructions their block and its ancestors', async (world) => {
        const block = await world.block(world.genesis, [
          alice.sign({ nonce: 0n, to: contracts.caller.address }),
        ])
        equal(only(block).receipt.status, 1)
        equal(await world.storageAt(block.header, contracts.caller.address, 1), BigInt(world.genesis.hash))
        equal(await world.storageAt(block.header, contracts.counter.address, 0), 1n)
      })

      promise('come out the same transaction by transaction, with the sender given or not', async (world) => {
        const raws = [
          deposit({ from: STRANGER, mint: 3n }),
          alice.sign({ nonce: 0n, to: contracts.counter.address }),
          Uint8Array.of(1, 2, 3),
          alice.sign({ nonce: 1n, data: INIT }),
        ]
        const whole = await world.block(world.genesis, raws)
        const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
        equal(builder.baseFeePerGas, whole.header.baseFeePerGas)
        const outcomes: AddOutcome[] = []
        for (const raw of raws) {
          const sender = raw[0] === 2 && raw.length > 3 ? alice.address : undefined
          outcomes.push(await builder.add(raw, { sender }))
        }
        deepEqual(
          outcomes.map(({ status }) => status),
          ['included', 'included', 'skipped', 'included'],
        )
        equal(builder.gasUsed, whole.header.gasUsed)
        const sealed = await builder.seal()
        deepEqual(sealed.header, whole.header)
        deepEqual(sealed.transactions, whole.transactions)
        deepEqual(sealed.skipped, whole.skipped)
      })

      promise('leave nothing behind when they are aborted', async (world) => {
        const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
        await builder.add(alice.sign({ nonce: 0n, to: contracts.counter.address }))
        await builder.abort()
        await rejects(builder.add(alice.sign({ nonce: 1n, to: STRANGER })), code('EXECUTION_CLOSED'))
        await rejects(builder.seal(), code('EXECUTION_CLOSED'))
        const block = await world.block(world.genesis, [
          alice.sign({ nonce: 0n, to: contracts.counter.address }),
        ])
        equal(await world.storageAt(block.header, contracts.counter.address, 0), 1n)
      })

      promise('do not disturb reads while they are built', async (world) => {
        const builder = await world.engine.openBlock(world.genesis, world.attributes(world.genesis))
        await builder.add(alice.sign({ nonce: 0n, to: contracts.counter.address }))
        equal(await world.storageAt(world.genesis, contracts.counter.address, 0), 0n)
        const call = await world.engine.call(world.genesis, { to: contracts.counter.address })
        equal(call.status, 'success')
        await builder.add(alice.sign({ nonce: 1n, to: contracts.counter.address }))
        const { header } = await builder.seal()
        equal(await world.storageAt(header, contracts.counter.address, 0), 2n)
        equal(await world.storageAt(world.genesis, contracts.counter.address, 0), 0n)
      })

      promise('grow on any parent whose state is there: siblings live side by side', async (world) => {
        const add = (nonce: bigint) => alice.sign({ nonce, to: contracts.counter.address })
        const left = await world.block(world.genesis, [add(0n)])
        const right = await world.block(world.genesis, [add(0n), add(1n)], { timestamp: 1_005n })
        const leftAgain = await world.block(left.header, [add(1n)])
        const rightAgain = await world.block(right.header, [add(2n)])
        for (const [header, count] of [
          [world.genesis, 0n],
          [left.header, 1n],
          [right.header, 2n],
          [leftAgain.header, 2n],
          [rightAgain.header, 3n],
        ] as [SealedHeader, bigint][])
          equal(await world.storageAt(header, contracts.counter.address, 0), count)
        const same = await world.block(world.genesis, [add(0n)])
        deepEqual(same.header, left.header)
      })

      promise('are refused with attributes that no rule allows', async (world) => {
        for (const changes of [
          { number: 2n },
          { number: 0n },
          { timestamp: world.genesis.timestamp },
          { gasLimit: 0n },
          { gasLimit: 2n ** 63n },
          { extraData: `0x${'00'.repeat(33)}` },
        ] as const)
          await rejects(world.block(world.genesis, [], changes), code('EXECUTION_INVALID_ATTRIBUTES'))
        equal((await world.block(world.genesis, [])).header.number, 1n)
      })
    })

    describe('deposits', () => {
      promise('mint, move value and raise the nonce, without any fee', async (world) => {
        const raw = deposit({ from: STRANGER, to: bob.address, mint: 10n, value: 4n })
        const block = await world.block(world.genesis, [raw])
        const { receipt, from, hash } = only(block)
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
      })

      promise('that fail keep mint and nonce only', async (world) => {
        const fail = async (raw: Uint8Array, gasUsed?: bigint) => {
          const block = await world.block(world.genesis, [raw])
          const { receipt } = only(block)
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
      })

      promise('fail for a sender at its last nonce, which stays', async (world) => {
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
      })

      promise('create contracts, of accounts with code too, and beyond EIP-7825’s cap', async (world) => {
        const block = await world.block(world.genesis, [
          deposit({ from: robot.address, data: hexToBytes(INIT), gasLimit: 20_000_000n }),
        ])
        const { receipt } = only(block)
        equal(receipt.status, 1)
        equal(
          bytesToHex(await world.engine.stateAt(block.header).getCode(receipt.contractAddress!)),
          `0x${RUNTIME}`,
        )
      })

      promise('get no refund and no floor', async (world) => {
        const block = await world.block(world.genesis, [
          deposit({ from: STRANGER, to: contracts.clearer.address }),
          deposit({ from: STRANGER, to: bob.address, data: new Uint8Array(100) }),
        ])
        equal(block.transactions[0]!.receipt.gasUsed, 26_006n)
        equal(block.transactions[1]!.receipt.gasUsed, 21_400n)
      })

      promise(
        'do not fail on the block’s gas limit, and leave the rest of the block no room',
        async (world) => {
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
      )
    })

    describe('skipping', () => {
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
          () =>
            alice.sign({ type: 3, nonce: 0n, to: STRANGER, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] }),
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
          () =>
            alice.sign({ nonce: 0n, to: STRANGER, maxFeePerGas: 7n * GWEI, maxPriorityFeePerGas: 8n * GWEI }),
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
      for (const [index, [reason, make, before = 0]] of skips.entries())
        promise(
          `passes over case ${index} as ${reason}, and the block is as if it had not been there`,
          async (world) => {
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
          },
        )

      promise('passes over what exceeds the gas that is left in the block', async (world) => {
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
      })

      promise('takes the L1 fee into what a sender must own, to the wei', async (world) => {
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
      })

      promise('is total: any bytes are either a transaction or skipped', async (world) => {
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
      })
    })

    describe('proofs', () => {
      promise('hold against the state root, for what is there and for what is not', async (world) => {
        const raws = Array.from({ length: 20 }, (_, i) =>
          alice.sign({ nonce: BigInt(i), to: account(100 + i).address, value: 1n }),
        )
        const block = await world.block(world.genesis, [
          ...raws,
          alice.sign({ nonce: 20n, to: contracts.caller.address }),
        ])
        const reader = world.engine.stateAt(block.header)
        for (const address of [alice.address, contracts.caller.address, account(105).address, STRANGER]) {
          const proof = await reader.getProof(address, [slot(0), slot(1)])
          const known = await reader.getAccount(address)
          const value = verifyTrieProof(block.header.stateRoot, hexToBytes(address), proof.accountProof)
          equal(value !== undefined, known !== undefined)
          equal(proof.address, address)
          equal(proof.balance, known?.balance ?? 0n)
          equal(proof.nonce, known?.nonce ?? 0n)
          equal(proof.codeHash, known?.codeHash ?? EMPTY_CODE)
          equal(proof.storageRoot, known?.storageRoot ?? EMPTY_ROOT)
          if (value !== undefined)
            deepEqual(
              (rlpDecode(value) as Uint8Array[]).map(bytesToHex),
              [uintToBytes(proof.balance), uintToBytes(proof.nonce)]
                .toReversed()
                .map(bytesToHex)
                .concat([proof.storageRoot, proof.codeHash]),
            )
          for (const [i, entry] of proof.storageProof.entries()) {
            equal(entry.key, slot(i))
            equal(entry.value, BigInt(await reader.getStorage(address, slot(i))))
            const stored = known
              ? verifyTrieProof(proof.storageRoot, hexToBytes(slot(i)), entry.proof)
              : undefined
            equal(
              stored === undefined ? 0n : BigInt(bytesToHex(rlpDecode(stored) as Uint8Array)),
              entry.value,
            )
          }
        }
        equal(
          (await reader.getProof(contracts.caller.address, [slot(1)])).storageProof[0]!.value,
          BigInt(world.genesis.hash),
        )
      })

      promise('do not hold after any change to them', async (world) => {
        const { accountProof } = await world.engine.stateAt(world.genesis).getProof(alice.address, [])
        const verify = (proof: readonly `0x${string}`[]) =>
          verifyTrieProof(world.genesis.stateRoot, hexToBytes(alice.address), proof)
        const honest = bytesToHex(verify(accountProof)!)
        await fc.assert(
          fc.asyncProperty(
            fc.nat(accountProof.length - 1),
            fc.nat(),
            fc.integer({ min: 1, max: 255 }),
            async (node, place, flip) => {
              const changed = accountProof.map((hex, i) => {
                if (i !== node) return hex
                const bytes = hexToBytes(hex)
                bytes[place % bytes.length]! ^= flip
                return bytesToHex(bytes)
              })
              let value: string | undefined
              try {
                value = bytesToHex(verify(changed)!)
              } catch {
                return
              }
              notEqual(value, honest)
            },
          ),
          { numRuns: 200, seed: 2 },
        )
        for (const broken of [
          accountProof.slice(1),
          accountProof.slice(0, -1),
          [...accountProof, accountProof[0]!],
        ]) {
          let held = true
          try {
            verify(broken)
          } catch {
            held = false
          }
          equal(held, false)
        }
      })
    })

    describe('calls', () => {
      promise(
        'give return data, revert data or the reason of a halt, and change nothing',
        async ({ engine, genesis: head }) => {
          const teller = await engine.call(head, {
            from: alice.address,
            to: contracts.teller.address,
            value: 9n,
          })
          equal(teller.status, 'success')
          ok(teller.status === 'success')
          const words = Array.from({ length: 6 }, (_, i) =>
            BigInt(`0x${teller.returnData.slice(2 + 64 * i, 66 + 64 * i)}`),
          )
          deepEqual(words, [BigInt(alice.address), 9n, head.number, head.timestamp, head.baseFeePerGas, 0n])
          ok(teller.gasUsed > 21_000n)
          const reverted = await engine.call(head, { to: contracts.reverter.address })
          ok(reverted.status === 'revert')
          equal(reverted.returnData, slot(42))
          const halted = await engine.call(head, { to: contracts.invalid.address, gas: 50_000n })
          ok(halted.status === 'halt')
          equal(halted.gasUsed, 50_000n)
          ok(halted.reason.length > 0)
          const logged = await engine.call(head, { to: contracts.logger.address })
          ok(logged.status === 'success')
          equal(logged.logs.length, 1)
          const created = await engine.call(head, { data: INIT })
          ok(created.status === 'success')
          equal(created.returnData, `0x${RUNTIME}`)
          const again = await engine.call(head, { to: STRANGER })
          deepEqual(again, { status: 'success', returnData: '0x', gasUsed: 21_000n, logs: [] })
        },
      )

      promise('that cannot start say why', async ({ engine, genesis: head }) => {
        const halted = async (request: CallRequest, reason: RegExp) => {
          const result = await engine.call(head, request)
          ok(result.status === 'halt')
          ok(reason.test(result.reason), result.reason)
          equal(result.gasUsed, 0n)
        }
        await halted({ from: STRANGER, to: bob.address, value: 1n }, /insufficient funds/)
        await halted(
          { from: pauper.address, to: bob.address, gas: 21_000n, gasPrice: 2n * GWEI },
          /insufficient funds/,
        )
        await halted({ to: bob.address, gas: 20_999n }, /intrinsic gas too low/)
        await halted(
          { from: alice.address, to: bob.address, gas: 21_000n, gasPrice: 1n },
          /less than block base fee/,
        )
        await halted({ data: `0x${'00'.repeat(49_153)}` }, /initcode size/)
        const authorization = { chainId: 0n, address: STRANGER, nonce: 0n, yParity: 0, r: 1n, s: 1n }
        await halted(
          { data: '0x00', authorizationList: [authorization] },
          /cannot be used to create contract/,
        )
        await halted({ to: bob.address, authorizationList: [] }, /empty auth list/)
      })

      promise('take overrides of state and block', async ({ engine, genesis: head }) => {
        const { address } = contracts.teller
        const told = await engine.call(
          head,
          { from: STRANGER, to: address, value: 5n },
          {
            stateOverrides: { [STRANGER]: { balance: 5n } },
            blockOverrides: { number: 77n, timestamp: 88n, baseFeePerGas: 99n },
          },
        )
        ok(told.status === 'success')
        deepEqual(
          [2, 3, 4].map((i) => BigInt(`0x${told.returnData.slice(2 + 64 * i, 66 + 64 * i)}`)),
          [77n, 88n, 99n],
        )
        // BLOBBASEFEE
        const blobs = { [STRANGER]: { code: '0x4a60005260206000f3' as const } }
        for (const blobBaseFee of [undefined, 0n, 7n, 2n ** 200n + 1n]) {
          const result = await engine.call(
            head,
            { to: STRANGER },
            { stateOverrides: blobs, blockOverrides: { blobBaseFee } },
          )
          ok(result.status === 'success')
          equal(BigInt(result.returnData), blobBaseFee ?? 1n)
        }
        const coded = await engine.call(
          head,
          { to: STRANGER },
          { stateOverrides: { [STRANGER]: { code: `0x${RUNTIME}` } } },
        )
        ok(coded.status === 'success')
        equal(coded.returnData, slot(42))
        // returns slots 0 and 1
        const reader = '0x60005460005260015460205260406000f3' as const
        const read = async (override: object) => {
          const result = await engine.call(
            head,
            { to: contracts.clearer.address },
            { stateOverrides: { [contracts.clearer.address]: { code: reader, ...override } } },
          )
          ok(result.status === 'success')
          return [BigInt(result.returnData.slice(0, 66)), BigInt(`0x${result.returnData.slice(66)}`)]
        }
        deepEqual(await read({}), [1n, 0n])
        deepEqual(await read({ stateDiff: { [slot(1)]: slot(8) } }), [1n, 8n])
        deepEqual(await read({ state: { [slot(1)]: slot(8) } }), [0n, 8n])
        const plain = await engine.call(head, { to: STRANGER })
        deepEqual(plain, { status: 'success', returnData: '0x', gasUsed: 21_000n, logs: [] })
      })

      promise('end: by gas, or by the clock', async ({ engine, genesis: head }) => {
        const bounded = await engine.call(
          head,
          { to: contracts.loop.address, gas: 10n ** 15n },
          { gasCap: 100_000n },
        )
        ok(bounded.status === 'halt')
        equal(bounded.gasUsed, 100_000n)
        await rejects(
          engine.call(head, { to: contracts.loop.address }, { gasCap: 5_000_000_000n, timeoutMs: 50 }),
          code('EXECUTION_TIMEOUT'),
        )
        equal((await engine.call(head, { to: STRANGER })).status, 'success')
      })
    })

    describe('gas estimates', () => {
      promise('are the least gas with which a transaction does what it does', async (world) => {
        const { engine } = world
        // Not on the genesis: an estimate sees its header's number, and block 0 has no block before it.
        const { header: head } = await world.block(world.genesis, [])
        const estimate = async (request: CallRequest) => {
          const result = await engine.estimateGas(head, { from: alice.address, ...request })
          ok(
            result.status === 'success',
            JSON.stringify(result, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)),
          )
          return result.gas
        }
        equal(await estimate({ to: STRANGER, value: 1n }), 21_000n)
        for (const to of [
          contracts.counter.address,
          contracts.caller.address,
          contracts.clearer.address,
          undefined,
        ]) {
          const data = to === undefined ? INIT : '0x'
          const gasLimit = await estimate({ to, data })
          const enough = await world.block(head, [alice.sign({ nonce: 0n, to, data, gasLimit })])
          equal(only(enough).receipt.status, 1)
          const short = await world.block(head, [
            alice.sign({ nonce: 0n, to, data, gasLimit: gasLimit - 1n }),
          ])
          const inner = to === contracts.caller.address
          // A caller that ignores its callee's failure succeeds with less: then it is the least with which it succeeds.
          ok(short.skipped.length === 1 || short.transactions[0]!.receipt.status === 0 || inner)
        }
      })

      promise('in the context of another block are those of that block', async (world) => {
        const { engine } = world
        const { header: head } = await world.block(world.genesis, [])
        // Stores a word unless TIMESTAMP is the head's.
        const time = head.timestamp.toString(16).padStart(4, '0')
        const data = `0x4261${time}14600d5760016000555b00` as const
        const blockOverrides = { number: head.number + 1n, timestamp: head.timestamp + 2n }
        const gas = async (options?: CallOptions) => {
          const result = await engine.estimateGas(head, { from: alice.address, data }, options)
          ok(result.status === 'success')
          return result.gas
        }
        const status = async (gasLimit: bigint) =>
          only(await world.block(head, [alice.sign({ nonce: 0n, data, gasLimit })])).receipt.status
        ok((await gas()) + 20_000n < (await gas({ blockOverrides })))
        equal(await status(await gas()), 0)
        equal(await status(await gas({ blockOverrides })), 1)
      })

      promise('of what fails give the revert data or the reason', async ({ engine, genesis: head }) => {
        deepEqual(await engine.estimateGas(head, { to: contracts.reverter.address }), {
          status: 'revert',
          returnData: slot(42),
        })
        for (const to of [contracts.invalid.address, contracts.loop.address, contracts.hugeRevert.address])
          equal((await engine.estimateGas(head, { to }, { gasCap: 200_000n })).status, 'halt')
        equal((await engine.estimateGas(head, { from: STRANGER, to: bob.address, value: 1n })).status, 'halt')
      })

      promise('of all that somebody has say, with a price, that nothing is left for gas', async (world) => {
        const { engine, genesis: head } = world
        const options = { stateOverrides: { [STRANGER]: { balance: 10n ** 15n } } }
        const all = { from: STRANGER, to: bob.address, value: 10n ** 15n }
        deepEqual(await engine.estimateGas(head, all, options), { status: 'success', gas: 21_000n })
        deepEqual(await engine.estimateGas(head, { ...all, maxFeePerGas: 2n * 10n ** 9n }, options), {
          status: 'halt',
          reason: 'insufficient funds for transfer',
        })
      })
    })

    describe('access lists', () => {
      promise('name what a call touches besides its sender and target', async ({ engine, genesis: head }) => {
        const result = await engine.createAccessList(head, {
          from: alice.address,
          to: contracts.caller.address,
        })
        equal(result.status, 'success')
        deepEqual(
          result.accessList.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
          [
            { address: contracts.counter.address, storageKeys: [slot(0)] },
            { address: contracts.caller.address, storageKeys: [slot(1)] },
          ].toSorted((a, b) => (a.address < b.address ? -1 : 1)),
        )
        ok(result.gasUsed > 21_000n)
        const reverted = await engine.createAccessList(head, { to: contracts.reverter.address })
        equal(reverted.status, 'revert')
      })
    })

    describe('traces', () => {
      const input = (world: World, transactions: readonly Uint8Array[]) => ({
        ...world.attributes(world.genesis),
        transactions,
      })

      promise('log every instruction', async (world) => {
        const raws = [
          alice.sign({ nonce: 0n, to: STRANGER }),
          alice.sign({ nonce: 1n, to: contracts.counter.address }),
        ]
        const all = (await world.engine.traceBlock(world.genesis, input(world, raws), {})) as StructTrace[]
        equal(all.length, 2)
        deepEqual(all[0]!.structLogs, [])
        equal(all[0]!.gas, 21_000)
        const trace = all[1]!
        equal(trace.failed, false)
        equal(trace.gas, 43_112)
        deepEqual(
          trace.structLogs.map(({ pc, op, depth }) => [pc, op, depth]),
          [
            [0, 'PUSH1', 1],
            [2, 'SLOAD', 1],
            [3, 'PUSH1', 1],
            [5, 'ADD', 1],
            [6, 'PUSH1', 1],
            [8, 'SSTORE', 1],
            [9, 'STOP', 1],
          ],
        )
        deepEqual(
          trace.structLogs.map(({ gasCost }) => gasCost),
          [3, 2_100, 3, 3, 3, 20_000, 0],
        )
        equal(trace.structLogs[0]!.gas, 79_000)
        deepEqual(trace.structLogs[5]!.stack, ['0x1', '0x0'])
        const single = await world.engine.traceBlock(world.genesis, input(world, raws), {}, 1)
        deepEqual(single, [trace])
      })

      promise('show calls as a tree', async (world) => {
        const raws = [
          alice.sign({ nonce: 0n, to: contracts.caller.address, value: 3n }),
          alice.sign({ nonce: 1n, to: contracts.reverter.address }),
          alice.sign({ nonce: 2n, data: INIT }),
        ]
        const block = await world.block(world.genesis, raws)
        const traces = (await world.engine.traceBlock(world.genesis, input(world, raws), {
          tracer: 'callTracer',
        })) as CallTrace[]
        const [tree, reverted, created] = traces
        equal(tree!.type, 'CALL')
        equal(tree!.from, alice.address)
        equal(tree!.to, contracts.caller.address)
        equal(tree!.value, '0x3')
        equal(tree!.gas, '0x186a0')
        equal(BigInt(tree!.gasUsed), block.transactions[0]!.receipt.gasUsed)
        equal(tree!.calls?.length, 1)
        const inner = tree!.calls![0]!
        deepEqual(
          [inner.type, inner.from, inner.to, inner.value, inner.input],
          ['CALL', contracts.caller.address, contracts.counter.address, '0x0', '0x'],
        )
        equal(reverted!.error, 'execution reverted')
        equal(reverted!.output, slot(42))
        equal(created!.type, 'CREATE')
        equal(created!.to, block.transactions[2]!.receipt.contractAddress)
        equal(created!.output, `0x${RUNTIME}`)
        const top = (await world.engine.traceBlock(
          world.genesis,
          input(world, raws),
          { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } },
          0,
        )) as CallTrace[]
        equal(top[0]!.calls, undefined)
        const logged = (await world.engine.traceCall(
          world.genesis,
          { to: contracts.logger.address },
          { tracer: 'callTracer', tracerConfig: { withLog: true } },
        )) as CallTrace
        equal(logged.logs?.length, 1)
        equal(logged.logs![0]!.data, slot(42))
      })

      promise('show calls as a list, with their place, and several traces of one run', async (world) => {
        const raws = [
          alice.sign({ nonce: 0n, to: contracts.counter.address }),
          alice.sign({ nonce: 1n, to: contracts.caller.address, value: 3n }),
        ]
        const executed = await world.block(world.genesis, raws)
        const { hash, number } = executed.header
        const [traces] = (await world.engine.traceBlock(
          world.genesis,
          input(world, raws),
          {
            tracer: 'muxTracer',
            mux: { callTracer: {}, flatCallTracer: {}, prestateTracer: { diffMode: true } },
            block: { hash, number },
          },
          1,
        )) as { callTracer: CallTrace; flatCallTracer: Record<string, unknown>[]; prestateTracer: unknown }[]
        const { callTracer, flatCallTracer, prestateTracer } = traces!
        const [inner] = callTracer.calls!
        const place = {
          blockHash: hash,
          blockNumber: Number(number),
          transactionHash: executed.transactions[1]!.hash,
          transactionPosition: 1,
        }
        deepEqual(flatCallTracer, [
          {
            type: 'call',
            action: {
              callType: 'call',
              from: alice.address,
              to: contracts.caller.address,
              gas: callTracer.gas,
              input: '0x',
              value: '0x3',
            },
            result: { gasUsed: callTracer.gasUsed, output: callTracer.output ?? '0x' },
            subtraces: 1,
            traceAddress: [],
            ...place,
          },
          {
            type: 'call',
            action: {
              callType: 'call',
              from: inner!.from,
              to: inner!.to,
              gas: inner!.gas,
              input: '0x',
              value: '0x0',
            },
            result: { gasUsed: inner!.gasUsed, output: inner!.output ?? '0x' },
            subtraces: 0,
            traceAddress: [0],
            ...place,
          },
        ])
        const [alone] = await world.engine.traceBlock(
          world.genesis,
          input(world, raws),
          { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
          1,
        )
        deepEqual(prestateTracer, alone)
      })

      promise('show calls and creations that never begin, with the reason', async ({ engine, genesis }) => {
        // Sends 5 wei to 0xbeef with four bytes, creates a contract with 7 wei, calls by DELEGATECALL without value.
        const code =
          '0x600160005360006000600460006005' +
          '61beef5af150' +
          '600160006007f050' +
          '600060006000600061beef5af450' +
          '00'
        const trace = (await engine.traceCall(
          genesis,
          { to: STRANGER, gas: 200_000n },
          { tracer: 'callTracer' },
          { stateOverrides: { [STRANGER]: { code: code as `0x${string}` } } },
        )) as CallTrace
        const error = 'insufficient balance for transfer'
        equal(trace.error, undefined)
        deepEqual(trace.calls?.slice(0, 2), [
          {
            type: 'CALL',
            from: STRANGER,
            to: `0x${'beef'.padStart(40, '0')}`,
            gas: NEVER_BEGUN_GAS[0],
            gasUsed: '0x0',
            input: '0x01000000',
            value: '0x5',
            error,
          },
          {
            type: 'CREATE',
            from: STRANGER,
            gas: NEVER_BEGUN_GAS[1],
            gasUsed: '0x0',
            input: '0x01',
            value: '0x7',
            error,
          },
        ])
        deepEqual(
          trace.calls?.slice(2).map(({ type, error: failed }) => [type, failed]),
          [['DELEGATECALL', undefined]],
        )
        const state = (await engine.traceCall(
          genesis,
          { to: STRANGER, gas: 200_000n },
          { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
          { stateOverrides: { [STRANGER]: { code: code as `0x${string}` } } },
        )) as { post: Prestate }
        // The sender, whose nonce rose.
        deepEqual(Object.keys(state.post), [`0x${'00'.repeat(20)}`])
      })

      promise('of a call that cannot begin fail, and say why', async ({ engine, genesis }) => {
        const fails = (request: CallRequest, words: RegExp) =>
          rejects(
            engine.traceCall(genesis, request, { tracer: 'callTracer' }),
            (error: { code: string; shortMessage: string }) => {
              equal(error.code, 'EXECUTION_REJECTED')
              ok(error.shortMessage.startsWith('tracing failed: '))
              ok(words.test(error.shortMessage))
              return true
            },
          )
        await fails({ from: STRANGER, to: bob.address, value: 1n }, /insufficient funds/)
        await fails({ to: bob.address, gas: 20_999n }, /intrinsic gas too low/)
        await fails({ from: alice.address, to: bob.address, gasPrice: 1n, gas: 21_000n }, /base fee/)
      })

      promise('place logs by their number in the block, and count selectors', async (world) => {
        const raws = [0n, 1n].map((nonce) => alice.sign({ nonce, to: contracts.logger.address }))
        const block = await world.block(world.genesis, raws)
        equal(block.transactions[1]!.receipt.logs.length, 1)
        const traces = (await world.engine.traceBlock(world.genesis, input(world, raws), {
          tracer: 'callTracer',
          tracerConfig: { withLog: true },
        })) as CallTrace[]
        deepEqual(
          traces.map(({ logs }) => logs!.map(({ index, position }) => [index, position])),
          [[['0x0', '0x0']], [['0x1', '0x0']]],
        )
        const [second] = (await world.engine.traceBlock(
          world.genesis,
          input(world, raws),
          { tracer: 'callTracer', tracerConfig: { withLog: true } },
          1,
        )) as CallTrace[]
        deepEqual(second, traces[1])
        const selectors = await world.engine.traceCall(
          world.genesis,
          { to: contracts.counter.address, data: '0x0102030405' },
          { tracer: '4byteTracer' },
        )
        deepEqual(selectors, { '0x01020304-1': 1 })
      })

      promise('show every step, or fail: never a part that nobody asked for', async ({ engine, genesis }) => {
        // JUMPDEST PUSH1 0 JUMP without end, 12 gas for three steps.
        const stateOverrides = { [STRANGER]: { code: '0x5b600056' as const } }
        const steps = async (gas: bigint, limit?: number) => {
          const options = { disableStack: true, timeoutMs: 60_000, ...(limit ? { limit } : {}) }
          const traced = engine.traceCall(genesis, { to: STRANGER, gas }, options, { stateOverrides })
          return ((await traced) as { structLogs: unknown[] }).structLogs.length
        }
        ok((await steps(521_000n)) > 120_000)
        equal(await steps(521_000n, 70), 70)
        await rejects(steps(4_021_000n), code('EXECUTION_TRACE_TOO_LARGE'))
      })

      promise('show the state before, or what changed', async (world) => {
        const raws = [alice.sign({ nonce: 0n, to: contracts.clearer.address })]
        const [pre] = (await world.engine.traceBlock(world.genesis, input(world, raws), {
          tracer: 'prestateTracer',
        })) as Prestate[]
        equal(pre![alice.address]!.balance, `0x${(100n * ETHER).toString(16)}`)
        equal(pre![alice.address]!.nonce, undefined)
        equal(pre![contracts.clearer.address]!.code, contracts.clearer.code)
        deepEqual(pre![contracts.clearer.address]!.storage, { [slot(0)]: slot(1) })
        const [diff] = (await world.engine.traceBlock(world.genesis, input(world, raws), {
          tracer: 'prestateTracer',
          tracerConfig: { diffMode: true },
        })) as { pre: Prestate; post: Prestate }[]
        equal(diff!.post[alice.address]!.nonce, 1)
        deepEqual(diff!.pre[contracts.clearer.address]!.storage, { [slot(0)]: slot(1) })
        equal(diff!.post[contracts.clearer.address]!.storage, undefined)
      })

      promise('do not change what they look at', async (world) => {
        const raws = [contracts.hugeRevert, contracts.caller, contracts.loop].map(({ address }, i) =>
          alice.sign({ nonce: BigInt(i), to: address }),
        )
        const block = await world.block(world.genesis, raws)
        const traces = (await world.engine.traceBlock(world.genesis, input(world, raws), {
          limit: 50,
        })) as StructTrace[]
        deepEqual(
          traces.map(({ gas, failed }) => [BigInt(gas), failed]),
          block.transactions.map(({ receipt }) => [receipt.gasUsed, receipt.status === 0]),
        )
        ok(traces.every(({ structLogs }) => structLogs.length <= 50))
        deepEqual((await world.block(world.genesis, raws)).header, block.header)
      })
    })

    describe('keeping', () => {
      promise('finds every sealed state again after a restart, and goes on the same', async (world) => {
        const first = await world.block(world.genesis, [
          alice.sign({ nonce: 0n, to: contracts.counter.address }),
        ])
        const next = [
          alice.sign({ nonce: 1n, to: contracts.caller.address }),
          alice.sign({ nonce: 2n, data: INIT }),
        ]
        const expected = await world.block(first.header, next)
        await world.engine.close()
        const again = await openWorld(create, { storage: world.storage })
        equal(await again.engine.hasState(first.header), true)
        equal(await again.storageAt(first.header, contracts.counter.address, 0), 1n)
        deepEqual((await again.block(first.header, next)).header, expected.header)
        await again.engine.prune(first.header)
        equal(await again.engine.hasState(first.header), true)
        await again.engine.close()
      })

      promise('owns no keys but its own', async (world) => {
        await world.block(world.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })])
        const keys = world.storage.keys()
        ok(keys.length > 0)
        const shortest = Math.min(...keys.map((key) => key.length))
        let shared = 0
        while (shared < shortest && keys.every((key) => key[shared] === keys[0]![shared])) shared++
        ok(shared >= 1, 'expected a prefix that all keys share')
      })

      promise('says that a state is missing, and does not invent it', async (world) => {
        const unknown = { ...world.genesis, number: 5n, stateRoot: slot(0xdead), hash: slot(0xbeef) }
        equal(await world.engine.hasState(unknown), false)
        const missing = code('EXECUTION_STATE_MISSING')
        const reader = world.engine.stateAt(unknown)
        await rejects(reader.getAccount(alice.address), missing)
        await rejects(reader.getCode(alice.address), missing)
        await rejects(reader.getStorage(alice.address, slot(0)), missing)
        await rejects(reader.getProof(alice.address, []), missing)
        await rejects(world.engine.call(unknown, { to: bob.address }), missing)
        await rejects(world.block(unknown, []), missing)
        equal((await world.block(world.genesis, [])).header.number, 1n)
      })

      promise('notices that a state was lost', async (world) => {
        const kept = new Set(world.storage.keys().map((key) => bytesToHex(key)))
        const block = await world.block(world.genesis, [
          alice.sign({ nonce: 0n, to: contracts.counter.address }),
        ])
        await world.engine.close()
        const lost = world.storage.keys().filter((key) => !kept.has(bytesToHex(key)))
        ok(lost.length > 0)
        await world.storage.batch(lost.map((key) => ({ type: 'delete', key })))
        const again = await openWorld(create, { storage: world.storage })
        equal(await again.engine.hasState(block.header), false)
        await rejects(again.balance(block.header, alice.address), code('EXECUTION_STATE_MISSING'))
        await rejects(again.block(block.header, []), code('EXECUTION_STATE_MISSING'))
        deepEqual(
          (await again.block(again.genesis, [alice.sign({ nonce: 0n, to: contracts.counter.address })]))
            .header,
          block.header,
        )
        await again.engine.close()
      })

      test('does not work before it is opened or after it is closed', async () => {
        const engine = create()
        const world = await openWorld(create)
        await rejects(engine.hasState(world.genesis), code('EXECUTION_CLOSED'))
        await world.engine.close()
        await rejects(world.engine.hasState(world.genesis), code('EXECUTION_CLOSED'))
        await rejects(
          world.engine.openBlock(world.genesis, world.attributes(world.genesis)),
          code('EXECUTION_CLOSED'),
        )
      })
    })

    describe('as a whole', () => {
      promise('gives two engines the same blocks, and the ones that are written down', async (world) => {
        const other = await openWorld(create, { storage: plainStore() })
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
      })

      test('conserves value: what is there is what was allocated and minted, to the wei', async () => {
        const people = [alice, bob, pauper, account(10), account(11)]
        const targets: Address[] = [
          ...people.map(({ address }) => address),
          contracts.counter.address,
          contracts.reverter.address,
          contracts.caller.address,
          contracts.invalid.address,
        ]
        const action = fc.record({
          kind: fc.constantFrom('transfer', 'deposit', 'create'),
          who: fc.nat(people.length - 1),
          to: fc.nat(targets.length - 1),
          value: fc.oneof(fc.bigInt({ min: 0n, max: 10n }), fc.bigInt({ min: 0n, max: 2n * ETHER })),
          mint: fc.bigInt({ min: 0n, max: ETHER }),
          gasLimit: fc.bigInt({ min: 20_000n, max: 150_000n }),
        })
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(action, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
            async (blocks) => {
              const world = await openWorld(create)
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
                const nonces = new Map<number, bigint>()
                const deposits: Uint8Array[] = []
                const rest: Uint8Array[] = []
                for (const { kind, who, to, value, mint, gasLimit } of actions)
                  if (kind === 'deposit') {
                    deposits.push(
                      deposit({ from: people[who]!.address, to: targets[to], mint, value, gasLimit }),
                    )
                    total += mint
                  }
                const reader = world.engine.stateAt(head)
                for (const { kind, who, to, value, gasLimit } of actions) {
                  if (kind === 'deposit') continue
                  const before = (await reader.getAccount(people[who]!.address))?.nonce ?? 0n
                  const sent = actions.filter((other) => other.kind === 'deposit' && other.who === who).length
                  const nonce = nonces.get(who) ?? before + BigInt(sent)
                  nonces.set(who, nonce + 1n)
                  rest.push(
                    people[who]!.sign({
                      nonce,
                      to: kind === 'create' ? undefined : targets[to],
                      value,
                      gasLimit,
                      data: kind === 'create' ? INIT : '0x',
                    }),
                  )
                }
                const block = await world.block(head, [...deposits, ...rest])
                equal(block.transactions.length + block.skipped.length, actions.length)
                for (const { receipt } of block.transactions)
                  if (receipt.contractAddress) places.add(receipt.contractAddress)
                head = block.header
                let sum = 0n
                for (const place of places) sum += await world.balance(head, place)
                equal(sum, total)
              }
              await world.engine.close()
            },
          ),
          { numRuns: 25, seed: 3 },
        )
      }, 120_000)
    })
  })
}

interface StructTrace {
  gas: number
  failed: boolean
  returnValue: string
  structLogs: { pc: number; op: string; gas: number; gasCost: number; depth: number; stack: string[] }[]
}
/** What CALL and CREATE may pass on in the trace of a call that never begins: 63/64 of what is there, and a stipend with the value (EIP-150). */
const NEVER_BEGUN_GAS = ['0x22c6c', '0x1b12f']
interface CallTrace {
  type: string
  from: string
  to?: string
  value?: string
  gas: string
  gasUsed: string
  input: string
  output?: string
  error?: string
  calls?: CallTrace[]
  logs?: { data: string; index: string; position: string }[]
}
type Prestate = Record<
  Address,
  { balance?: string; nonce?: number; code?: string; storage?: Record<Hash, Hash> }
>

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

function headerHash(header: SealedHeader): Hash {
  return bytesToHex(
    rlpKeccak([
      hexToBytes(header.parentHash),
      rlpKeccak([]),
      hexToBytes(header.beneficiary),
      hexToBytes(header.stateRoot),
      hexToBytes(header.transactionsRoot),
      hexToBytes(header.receiptsRoot),
      hexToBytes(header.logsBloom),
      uintToBytes(0n),
      uintToBytes(header.number),
      uintToBytes(header.gasLimit),
      uintToBytes(header.gasUsed),
      uintToBytes(header.timestamp),
      hexToBytes(header.extraData),
      hexToBytes(header.prevRandao),
      new Uint8Array(8),
      uintToBytes(header.baseFeePerGas),
      hexToBytes(header.withdrawalsRoot),
      uintToBytes(header.blobGasUsed),
      uintToBytes(header.excessBlobGas),
      hexToBytes(header.parentBeaconBlockRoot),
      hexToBytes(header.requestsHash!),
    ]),
  )
}

const rlpKeccak = (item: Parameters<typeof rlpEncode>[0]) => hexToBytes(transactionHash(rlpEncode(item)))

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

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { createMerkleProof, MerklePatriciaTrie } from '@ethereumjs/mpt'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  bytesToHex,
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  encodeEventTopics,
  http,
  keccak256,
  pad,
  parseEther,
  toHex,
  zeroAddress,
  zeroHash,
  type Hex,
  type TransactionReceipt,
} from 'viem'
import {
  depositTransaction,
  finalizeWithdrawal,
  getGame,
  getGames,
  getL2TransactionHashes,
  getTimeToFinalize,
  getTimeToProve,
  getWithdrawals,
  getWithdrawalStatus,
  proveWithdrawal,
  waitToFinalize,
  waitToProve,
} from 'viem/op-stack'
import {
  assertionGameAbi,
  assertionGameType,
  challengeTreeAbi,
  deployL1,
  devnetDefaults,
  disputeGameFactoryAbi,
  inboxAbi,
  l2ToL1MessagePasserAbi,
  optimismPortalAbi,
  viemChains,
  type L1Config,
  type L1Deployment,
} from '../src/index.js'
import { flatHistory, genesisOutputRoot, proving } from './chain.js'

const account = (index: number) => testAccount(index)
const lower = (index: number) => account(index).address.toLowerCase() as Hex
const word = (value: bigint | number) => pad(toHex(value), { size: 32 })

const config: L1Config = {
  ...devnetDefaults,
  // Longer than any test: time passes when a test says so.
  challengePeriod: 3_600,
  proofMaturityDelay: 7_200,
  listingDelay: 3_600,
  forceDelay: 86_400,
  timelockDelay: 172_800,
  proving,
  l2ChainId: 4243n,
  roles: {
    timelockProposer: lower(1),
    operator: lower(1),
    guardian: lower(2),
    sequencer: lower(3),
    batcher: lower(4),
    proposer: lower(5),
    challenger: lower(6),
  },
}

const contextType = {
  type: 'tuple',
  components: [
    { name: 'number', type: 'uint64' },
    { name: 'timestamp', type: 'uint64' },
    { name: 'baseFee', type: 'uint256' },
    { name: 'blobBaseFee', type: 'uint256' },
    { name: 'parentHash', type: 'bytes32' },
    { name: 'gasLimit', type: 'uint64' },
    { name: 'baseFeeScalar', type: 'uint32' },
    { name: 'blobBaseFeeScalar', type: 'uint32' },
  ],
} as const
const headerType = {
  type: 'tuple',
  components: [
    { name: 'firstBlock', type: 'uint64' },
    { name: 'blockCount', type: 'uint32' },
    { name: 'depositsReadAfter', type: 'uint64' },
    { name: 'lastTimestamp', type: 'uint64' },
  ],
} as const

describe("viem's op-stack actions, unmodified", () => {
  let l1: Anvil
  let deployment: L1Deployment
  let chains: ReturnType<typeof viemChains>

  const publicClient = () =>
    createPublicClient({ chain: chains.l1, transport: http(l1.url, patient), pollingInterval: 100 })
  const wallet = (index: number) =>
    createWalletClient({ account: account(index), chain: chains.l1, transport: http(l1.url, patient) })
  const mined = async (hash: Hex) => {
    const receipt = await publicClient().waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    return receipt
  }

  beforeAll(async () => {
    l1 = await anvil({ blockTime: 1, mineAtOnce: true })
    const transport = http(l1.url, patient)
    deployment = await deployL1({
      publicClient: createPublicClient({ transport, pollingInterval: 100 }),
      walletClient: createWalletClient({ account: account(0), transport }),
      config,
      genesisOutputRoot,
    })
    chains = viemChains({
      l1: { chainId: 31337, rpcUrl: l1.url },
      l2: { chainId: config.l2ChainId, rpcUrl: 'http://127.0.0.1:1' },
      addresses: deployment.addresses,
    })
  }, 240_000)
  afterAll(async () => {
    jest.restoreAllMocks()
    await l1?.stop()
  })

  const wallClock = Date.now.bind(Date)
  let passed = 0
  /** Lets so many seconds and one more pass, on L1 and on the wall. */
  const pass = async (seconds: number) => {
    passed += seconds + 1
    jest.spyOn(Date, 'now').mockImplementation(() => wallClock() + 1_000 * passed)
    await l1.request('evm_increaseTime', [seconds + 1])
    await l1.request('evm_mine')
  }

  /** Appends a batch of some blocks and returns its index. */
  async function batch(blockCount: number): Promise<bigint> {
    const client = publicClient()
    const inbox = { address: deployment.addresses.inbox, abi: inboxAbi } as const
    const index = await client.readContract({ ...inbox, functionName: 'batchCount' })
    const [parentAcc, lastBlock, lastTimestamp] = await client.readContract({
      ...inbox,
      functionName: 'batchAt',
      args: [index],
    })
    const depositsReadAfter = await client.readContract({ ...inbox, functionName: 'depositCount' })
    const depositAcc = await client.readContract({
      ...inbox,
      functionName: 'depositAcc',
      args: [depositsReadAfter],
    })
    await mined(
      await wallet(4).writeContract({
        ...inbox,
        // What an estimate would say is too little when the time to record L1's context anew comes before the block does.
        gas: 1_000_000n,
        functionName: 'appendBatch',
        args: [
          {
            firstBlock: lastBlock + 1n,
            blockCount,
            depositsReadAfter,
            lastTimestamp: lastTimestamp + BigInt(blockCount),
          },
          parentAcc,
          depositAcc,
          1,
          toHex(`batch ${index}`),
        ],
      }),
    )
    return index
  }

  /** Asserts that all blocks of the batch after a game's have an output root; returns the game's address. */
  async function assertOutput(who: number, parent: Hex, root: Hex): Promise<Hex> {
    const client = publicClient()
    const batchIndex =
      parent === zeroAddress
        ? 0n
        : 1n +
          (await client.readContract({ address: parent, abi: assertionGameAbi, functionName: 'batchIndex' }))
    const [acc, lastBlock] = await client.readContract({
      address: deployment.addresses.inbox,
      abi: inboxAbi,
      functionName: 'batchAt',
      args: [batchIndex + 1n],
    })
    const nodes = flatHistory(root, config.heights.blocks)
    const extraData = encodeAbiParameters(
      [
        { type: 'uint256' },
        { type: 'uint256' },
        { type: 'bytes32' },
        { type: 'address' },
        { type: 'bytes32' },
      ],
      [lastBlock, batchIndex, acc, parent, nodes.at(-1)!],
    )
    const { request, result } = await client.simulateContract({
      account: account(who),
      address: deployment.addresses.disputeGameFactory,
      abi: disputeGameFactoryAbi,
      functionName: 'create',
      args: [assertionGameType, root, concatHex([extraData, ...nodes.slice(0, -1)])],
      value: config.assertionBond,
    })
    await mined(await wallet(who).writeContract(request))
    return result
  }

  const resolve = async (game: Hex) =>
    mined(await wallet(9).writeContract({ address: game, abi: assertionGameAbi, functionName: 'resolve' }))

  /** Shows the halves of an assertion that has rivals, which then have time of their own; `update` reads it for the whole. */
  async function move(game: Hex, root: Hex, functionName: 'bisect' | 'update') {
    const top = await publicClient().readContract({
      address: game,
      abi: assertionGameAbi,
      functionName: 'tournament',
    })
    const [half, whole] = flatHistory(root, config.heights.blocks).slice(-2) as [Hex, Hex]
    const tree = { address: deployment.addresses.challengeTree, abi: challengeTreeAbi } as const
    await mined(
      functionName === 'bisect'
        ? await wallet(6).writeContract({ ...tree, functionName, args: [top, half, half] })
        : await wallet(6).writeContract({
            ...tree,
            functionName,
            args: [[{ mutual: top, root: whole, left: half, right: half }]],
          }),
    )
  }

  test('a deposit gives the hash that it will have on L2', async () => {
    const hash = await depositTransaction(wallet(7), {
      account: account(7),
      targetChain: chains.l2,
      request: { gas: 100_000n, mint: parseEther('3'), to: account(8).address, value: parseEther('2') },
    })
    const receipt = await mined(hash)
    const [l2Hash] = getL2TransactionHashes(receipt)
    expect(l2Hash).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await publicClient().getBalance({ address: deployment.addresses.optimismPortal })).toBe(
      parseEther('3'),
    )
  })

  test('both accumulators are what TypeScript computes from the events', async () => {
    const client = publicClient()
    for (let i = 0; i < 3; i++) {
      await mined(
        await depositTransaction(wallet(7), {
          account: account(7),
          targetChain: chains.l2,
          request: { gas: 100_000n, mint: BigInt(i), to: account(8).address, data: toHex(`deposit ${i}`) },
        }),
      )
      await batch(2 + i)
    }
    const inbox = { address: deployment.addresses.inbox, abi: inboxAbi } as const
    const deposits = await client.getContractEvents({
      ...inbox,
      eventName: 'DepositAppended',
      fromBlock: deployment.startBlock,
    })
    expect(deposits.length).toBeGreaterThanOrEqual(5)
    const depositAccs: Hex[] = [zeroHash]
    for (const [i, { args }] of deposits.entries()) {
      expect(args.index).toBe(BigInt(i))
      const acc = keccak256(
        encodeAbiParameters(
          [
            { type: 'bytes32' },
            { type: 'uint8' },
            { type: 'address' },
            { type: 'address' },
            { type: 'bytes32' },
            contextType,
          ],
          [depositAccs[i]!, args.kind!, args.from!, args.to!, keccak256(args.opaqueData!), args.context!],
        ),
      )
      expect(args.acc).toBe(acc)
      depositAccs.push(acc)
      const block = await client.getBlock({ blockNumber: deposits[i]!.blockNumber })
      expect(args.context).toMatchObject({
        number: block.number,
        timestamp: block.timestamp,
        baseFee: block.baseFeePerGas,
        parentHash: block.parentHash,
        gasLimit: config.gasLimit,
        baseFeeScalar: config.baseFeeScalar,
        blobBaseFeeScalar: config.blobBaseFeeScalar,
      })
    }
    expect(
      await client.readContract({ ...inbox, functionName: 'depositAcc', args: [BigInt(deposits.length)] }),
    ).toBe(depositAccs.at(-1))
    const batches = await client.getContractEvents({
      ...inbox,
      eventName: 'BatchAppended',
      fromBlock: deployment.startBlock,
    })
    let acc: Hex = zeroHash
    for (const [i, { args }] of batches.entries()) {
      expect(args.commitment).toBe(concatHex(['0x01', keccak256(toHex(`batch ${i}`))]))
      acc = keccak256(
        encodeAbiParameters(
          [
            { type: 'bytes32' },
            { type: 'uint256' },
            headerType,
            { type: 'bytes32' },
            { type: 'uint8' },
            { type: 'bytes32' },
            contextType,
          ],
          [
            acc,
            args.index!,
            args.header!,
            depositAccs[Number(args.header!.depositsReadAfter)]!,
            args.daKind!,
            keccak256(args.commitment!),
            args.context!,
          ],
        ),
      )
      expect(args.acc).toBe(acc)
    }
    expect(
      await client.readContract({ ...inbox, functionName: 'batchAcc', args: [BigInt(batches.length)] }),
    ).toBe(acc)
  }, 240_000)

  test('a withdrawal goes from waiting to finalised, and junk games do not get in its way', async () => {
    const client = publicClient()
    const withdrawal = {
      nonce: (1n << 240n) + 5n,
      sender: account(7).address,
      target: account(8).address,
      value: parseEther('1'),
      gasLimit: 50_000n,
      data: '0x' as Hex,
    }
    const withdrawalHash = keccak256(
      encodeAbiParameters(
        [
          { type: 'uint256' },
          { type: 'address' },
          { type: 'address' },
          { type: 'uint256' },
          { type: 'uint256' },
          { type: 'bytes' },
        ],
        [
          withdrawal.nonce,
          withdrawal.sender,
          withdrawal.target,
          withdrawal.value,
          withdrawal.gasLimit,
          withdrawal.data,
        ],
      ),
    )
    const trie = new MerklePatriciaTrie()
    for (let i = 0; i < 40; i++) await trie.put(hex(keccak256(toHex(`other ${i}`))), Uint8Array.of(1))
    const path = keccak256(keccak256(concatHex([withdrawalHash, word(0)])))
    await trie.put(hex(path), Uint8Array.of(1))
    const outputRootProof = {
      version: zeroHash,
      stateRoot: keccak256('0x01'),
      messagePasserStorageRoot: bytesToHex(trie.root()),
      latestBlockhash: keccak256('0x02'),
    } as const
    const root = keccak256(
      concatHex([
        zeroHash,
        outputRootProof.stateRoot,
        outputRootProof.messagePasserStorageRoot,
        outputRootProof.latestBlockhash,
      ]),
    )
    const [, lastBlock] = await client.readContract({
      address: deployment.addresses.inbox,
      abi: inboxAbi,
      functionName: 'batchAt',
      args: [
        await client.readContract({
          address: deployment.addresses.inbox,
          abi: inboxAbi,
          functionName: 'batchCount',
        }),
      ],
    })
    const receipt = {
      blockNumber: lastBlock + 1n,
      transactionHash: zeroHash,
      logs: [
        {
          address: '0x4200000000000000000000000000000000000016',
          topics: encodeEventTopics({
            abi: l2ToL1MessagePasserAbi,
            eventName: 'MessagePassed',
            args: { nonce: withdrawal.nonce, sender: withdrawal.sender, target: withdrawal.target },
          }),
          data: encodeAbiParameters(
            [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }],
            [withdrawal.value, withdrawal.gasLimit, withdrawal.data, withdrawalHash],
          ),
        },
      ],
    } as unknown as TransactionReceipt
    expect(getWithdrawals(receipt)[0]!.withdrawalHash).toBe(withdrawalHash)
    const status = () => getWithdrawalStatus(client, { receipt, targetChain: chains.l2 })

    expect(await status()).toBe('waiting-to-prove')
    const waiting = waitToProve(client, { receipt, targetChain: chains.l2, pollingInterval: 200 })
    const index = await batch(3)
    // The proposer has asserted what came before.
    const line: Hex[] = []
    for (let i = 0n; i < index; i++)
      line.push(await assertOutput(5, line.at(-1) ?? zeroAddress, keccak256(word(i))))
    const parent = line.at(-1)!
    // Junk comes first, for the same batch; the right claim is made by a stranger, who copies what the proposer was about to send; then more junk, and
    // claims that continue it.
    const junk = await assertOutput(9, parent, keccak256('0xbad1'))
    const right = await assertOutput(8, parent, root)
    await assertOutput(9, parent, keccak256('0xbad2'))
    await batch(1)
    await assertOutput(9, junk, keccak256('0xbad3'))
    await mined(
      await wallet(5).writeContract({
        address: deployment.addresses.disputeGameFactory,
        abi: disputeGameFactoryAbi,
        functionName: 'endorse',
        args: [right],
      }),
    )
    await move(right, root, 'bisect')
    const { game, withdrawal: found } = await waiting
    expect(found.withdrawalHash).toBe(withdrawalHash)
    const listed = await getGames(client, { targetChain: chains.l2, l2BlockNumber: receipt.blockNumber })
    expect(listed.map((g) => g.rootClaim)).toEqual([root])
    expect(game.rootClaim).toBe(root)
    for (let i = 0; i < 10; i++) {
      const any = await getGame(client, {
        targetChain: chains.l2,
        l2BlockNumber: receipt.blockNumber,
        strategy: 'random',
      })
      expect(any.rootClaim).toBe(root)
      expect(any.usesSuperRoots).toBe(false)
    }
    expect((await getTimeToProve(client, { receipt, targetChain: chains.l2 })).seconds).toBe(0)
    expect(await status()).toBe('ready-to-prove')

    const chosen = listed[0]!
    expect(`0x${chosen.metadata.slice(26)}`).toBe(right.toLowerCase())
    const prove = () =>
      createMerkleProof(trie, hex(path)).then((proof) =>
        proveWithdrawal(wallet(7), {
          account: account(7),
          targetChain: chains.l2,
          l2OutputIndex: chosen.index,
          outputRootProof,
          withdrawalProof: proof.map((node) => bytesToHex(node)),
          withdrawal,
        }),
      )
    await mined(await prove())
    expect(await status()).toBe('waiting-to-finalize')
    expect((await getTimeToFinalize(client, { withdrawalHash, targetChain: chains.l2 })).period).toBe(
      config.proofMaturityDelay,
    )
    await pass(config.challengePeriod)
    for (const game of line) await resolve(game)
    await move(right, root, 'update')
    await resolve(right)
    expect(await status()).toBe('waiting-to-finalize')
    // waitToFinalize counts on the wall clock; L1's own clock is that of its newest block.
    await pass(config.proofMaturityDelay)
    await waitToFinalize(client, { withdrawalHash, targetChain: chains.l2 })
    expect(await status()).toBe('ready-to-finalize')
    const before = await client.getBalance({ address: withdrawal.target })
    await mined(
      await finalizeWithdrawal(wallet(7), {
        account: account(7),
        targetChain: chains.l2,
        withdrawal: { ...withdrawal, withdrawalHash },
      }),
    )
    expect((await client.getBalance({ address: withdrawal.target })) - before).toBe(withdrawal.value)
    expect(await status()).toBe('finalized')
    expect(
      await client.readContract({
        address: deployment.addresses.optimismPortal,
        abi: optimismPortalAbi,
        functionName: 'finalizedWithdrawals',
        args: [withdrawalHash],
      }),
    ).toBe(true)
  }, 400_000)
})

function hex(value: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(value.slice(2), 'hex'))
}

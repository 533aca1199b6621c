import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  batchAccumulator,
  depositAccumulator,
  emptyAccumulator,
  keccak256,
  readBatchBase,
  type BatchHeader,
  type Commitment,
  type DaAttachment,
  type Settlement,
  type SubmitOptions,
  outputHistory,
  type Hash,
} from '@animechain/core'
import {
  deployL1,
  devnetDefaults,
  inboxAbi,
  optimismPortalAbi,
  systemConfigAbi,
  type L1Deployment,
} from '@animechain/contracts'
import { blob, loadKzg } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import {
  anvil,
  eventually,
  lies,
  lyingProxy,
  patient,
  testAccount,
  type Anvil,
  unplayed,
} from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  http,
  numberToHex,
  toFunctionSelector,
  zeroHash,
  type Hex,
} from 'viem'
import { optimistic } from '../src/index.js'

/** Longer than any test: it passes when a test says so. seconds */
const challengePeriod = 3_600
const long = { timeoutMs: 120_000 }
const json = { 'content-type': 'application/json' }
const [deployer, batcher, proposer, challenger, guardian, user] = [0, 1, 2, 3, 4, 5].map(
  testAccount,
) as ReturnType<typeof testAccount>[]

describe('optimistic settlement on a real L1', () => {
  let l1: Anvil
  let deployment: L1Deployment
  let settlement: Settlement
  let stranger: Settlement

  const common = () => ({
    l1: { rpcUrl: l1.url },
    contracts: deployment.addresses,
    startBlock: deployment.startBlock,
  })

  beforeAll(async () => {
    l1 = await anvil({ blockTime: 1 })
    // It answers this one only once it has loaded the trusted setup, which takes seconds, on a busy machine very many.
    const first = blob({ rpcUrl: l1.url, account: testAccount(9) })
    await eventually('the first blob', async () => (await first.put(Uint8Array.of(0))).status === 'ok', {
      timeoutMs: 240_000,
    })
    const transport = http(l1.url, patient)
    deployment = await deployL1({
      publicClient: createPublicClient({ transport, pollingInterval: 100 }),
      walletClient: createWalletClient({ transport, account: deployer! }),
      genesisOutputRoot: unplayed.genesisOutputRoot,
      config: {
        ...devnetDefaults,
        proving: unplayed.proving,
        forceDelay: 3,
        challengePeriod,
        proofMaturityDelay: challengePeriod,
        timelockDelay: 86_400,
        l2ChainId: 26463n,
        roles: {
          timelockProposer: guardian!.address,
          operator: guardian!.address,
          guardian: guardian!.address,
          sequencer: batcher!.address,
          batcher: batcher!.address,
          proposer: proposer!.address,
          challenger: challenger!.address,
        },
      },
    })
    settlement = optimistic({
      ...common(),
      accounts: { batcher: batcher!, proposer: proposer!, challenger: challenger! },
      kzg: () => loadKzg(),
    })
    stranger = optimistic(common())
    await settlement.start()
    await stranger.start()
  }, 400_000)
  afterAll(() => l1?.stop())

  const nextHeader = async (blocks = 1): Promise<BatchHeader> => {
    const view = await settlement.view()
    return {
      firstBlock: view.lastBlock + 1n,
      blockCount: blocks,
      depositsReadAfter: view.depositsRead,
      lastTimestamp: view.lastTimestamp + BigInt(blocks),
    }
  }
  /** Appends a batch on top of what is there. */
  const append = async (
    header: BatchHeader,
    { commitment, attachment }: { commitment: Commitment; attachment: DaAttachment },
    submitOptions?: SubmitOptions,
  ) =>
    settlement.appendBatch(
      header,
      await readBatchBase(settlement, header.depositsReadAfter),
      commitment,
      attachment,
      undefined,
      submitOptions,
    )
  const force = async (body: Uint8Array) => settlement.forceBatch(body, await readBatchBase(settlement))
  const calldataOf = (text: string) => {
    const evidence = new TextEncoder().encode(text)
    return {
      commitment: Uint8Array.of(1, ...keccak256(evidence)),
      attachment: { type: 'calldata', evidence } as const,
    }
  }
  const deposit = async (value: bigint) => {
    const wallet = createWalletClient({ transport: http(l1.url, patient), account: user! })
    return wallet.writeContract({
      chain: null,
      address: deployment.addresses.optimismPortal,
      abi: optimismPortalAbi,
      functionName: 'depositTransaction',
      args: [user!.address, value, 100_000n, false, '0x'],
      value,
    })
  }

  test('a folder without contracts is refused with a hint', async () => {
    const wrong = optimistic({
      l1: { rpcUrl: l1.url },
      contracts: { ...deployment.addresses, inbox: user!.address.toLowerCase() as never },
    })
    await expect(wrong.start()).rejects.toMatchObject({ code: 'SETTLEMENT_NO_CONTRACT' })
  })

  test('the rules are those of the contract', async () => {
    expect(await stranger.rules()).toEqual({
      forceDelaySeconds: 3,
      maxBlocksPerBatch: 8192,
      maxDriftSeconds: 600,
      maxLagSeconds: 43_200,
    })
  })

  test('the key that announces blocks is the one that SystemConfig names now', async () => {
    const named = (account: { address: string }) => account.address.toLowerCase()
    expect(await stranger.sequencer!()).toBe(named(batcher!))
    const transport = http(l1.url, patient)
    const operator = createWalletClient({ transport, account: guardian! })
    const publicClient = createPublicClient({ transport, pollingInterval: 100 })
    const setRole = async (address: Hex) => {
      const hash = await operator.writeContract({
        address: deployment.addresses.systemConfig,
        abi: systemConfigAbi,
        functionName: 'setRole',
        args: [0, address],
        chain: null,
      })
      await publicClient.waitForTransactionReceipt({ hash, timeout: 60_000 })
    }
    await setRole(user!.address)
    expect(await stranger.sequencer!()).toBe(named(user!))
    await setRole(batcher!.address)
    expect(await stranger.sequencer!()).toBe(named(batcher!))
    const { systemConfig: _none, ...others } = deployment.addresses
    expect(optimistic({ ...common(), contracts: others }).sequencer).toBeUndefined()
  })

  test('a batch in calldata is appended and read by a stranger, its body too', async () => {
    const body = Uint8Array.from({ length: 500 }, (_, i) => i & 0xff)
    const prepared = await calldata({ rpcUrl: l1.url }).prepare!(body)
    if (!('commitment' in prepared)) throw new Error('too large')
    const header = await nextHeader(3)
    expect(await append(header, prepared)).toMatchObject({ status: 'ok' })
    const view = await stranger.view()
    const [record] = await stranger.getBatches(view.batchCount - 1n, view.batchCount)
    expect(record!.header).toEqual(header)
    expect(await stranger.getBody!(record!)).toEqual({ status: 'data', data: body })
    expect(await append(header, prepared)).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('Inbox_NotContiguous'),
    })
  })

  test('a batch in blobs is appended, and the bytes come back from the commitment alone', async () => {
    const body = Uint8Array.from({ length: 140_000 }, (_, i) => (i * 7) & 0xff)
    const da = blob({ rpcUrl: l1.url })
    const prepared = await da.prepare!(body)
    if (!('commitment' in prepared)) throw new Error('too large')
    const outcome = await append(await nextHeader(2), prepared)
    if (outcome.status === 'error') throw outcome.error
    expect(outcome.status).toBe('ok')
    const view = await stranger.view()
    const [record] = await stranger.getBatches(view.batchCount - 1n, view.batchCount)
    expect(record!.commitment).toEqual(prepared.commitment)
    expect(await da.get(record!.commitment, { location: record!.location })).toEqual({
      status: 'data',
      data: body,
    })
    // What blobs hold is not for the settlement to say: `invalid` would make batches of them empty.
    expect(await stranger.getBody!(record!)).toEqual({ status: 'missing', authoritative: false })
  }, 300_000)

  test('a view is shown against the headers of L1, and so is every accumulator', async () => {
    const reader = optimistic({ l1: { rpcUrl: l1.url, chainId: 31_337 }, contracts: deployment.addresses })
    await reader.start()
    // The first head chains with nothing.
    expect((await reader.view()).proven).toBe(false)
    const view = await eventually('the next head', async () => {
      const next = await reader.view()
      return next.proven ? next : undefined
    })
    const client = createPublicClient({ transport: http(l1.url, patient) })
    const at = { address: deployment.addresses.inbox, abi: inboxAbi } as const
    expect(view.batchCount + view.depositCount).toBeGreaterThan(0n)
    for (let count = 0n; count <= view.batchCount; count++)
      expect(await reader.accumulatorAt!(view, 'batches', count)).toEqual({
        acc: await client.readContract({ ...at, functionName: 'batchAcc', args: [count] }),
        proven: true,
      })
    for (let count = 0n; count <= view.depositCount; count++)
      expect(await reader.accumulatorAt!(view, 'deposits', count)).toEqual({
        acc: await client.readContract({ ...at, functionName: 'depositAcc', args: [count] }),
        proven: true,
      })
    const elsewhere = optimistic({ l1: { rpcUrl: l1.url, chainId: 1 }, contracts: deployment.addresses })
    await expect(elsewhere.start()).rejects.toMatchObject({ code: 'SETTLEMENT_WRONG_CHAIN' })
  }, 120_000)

  test('zeros from one L1 are no view; without proofs they are one that is not proven; of three the others decide', async () => {
    const proxy = await lyingProxy(l1.url)
    const lie = (name: string) => proxy.lie(lies.find((one) => one.name === name))
    const reading = (rpcUrl: string | string[]) =>
      optimistic({ l1: { rpcUrl }, contracts: deployment.addresses })
    try {
      const alone = reading(proxy.url)
      const three = reading([proxy.url, l1.url, l1.url])
      await alone.view()
      await three.view()
      await lie('call-zeros')
      await expect(alone.view()).rejects.toThrow(/as its own state shows/)
      await lie('zeros-without-proof')
      expect(await alone.view()).toMatchObject({ batchCount: 0n, proven: false })
      const view = await eventually('the next head', async () => {
        const next = await three.view()
        return next.proven ? next : undefined
      })
      expect(view.batchCount + view.depositCount).toBeGreaterThan(0n)
    } finally {
      await proxy.stop()
    }
  }, 120_000)

  test.each(lies.filter(({ name }) => /^call-/.test(name)).map(({ name }) => name))(
    '%s: a read of assertions has an answer, or an error with a code',
    async (name) => {
      const proxy = await lyingProxy(l1.url)
      try {
        await proxy.lie(lies.find((one) => one.name === name))
        const reader = optimistic({ l1: { rpcUrl: proxy.url }, contracts: deployment.addresses })
        const game = deployment.addresses.inbox
        const reads = [
          () => reader.assertionRules(),
          () => reader.assertionCount(),
          () => reader.assertionCount({ at: 'finalized' }),
          () => reader.getAssertions(0n, 2),
          () => reader.decision(game),
          () => reader.owed(),
          () => reader.rules(),
        ]
        for (const read of reads) {
          const code = await read().then(
            () => 'answered',
            (error: { code?: unknown }) => error.code,
          )
          expect(['answered', 'SETTLEMENT_L1_UNREADABLE']).toContain(code)
        }
      } finally {
        await proxy.stop()
      }
    },
    120_000,
  )

  interface Call {
    id: number
    method: string
    params?: unknown[]
  }
  /** Runs something with an L1 that answers some calls itself. */
  async function withProxy<T>(
    own: (call: Call) => object | undefined | Promise<object | undefined>,
    run: (rpcUrl: string) => Promise<T>,
  ): Promise<T> {
    const proxy = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const sent = JSON.parse(text) as Call | Call[]
      const calls = [sent].flat()
      const real = await fetch(l1.url, { method: 'POST', body: JSON.stringify(calls), headers: json })
      const answers: unknown[] = []
      for (const one of (await real.json()) as { id: number }[]) {
        const answer = await own(calls.find(({ id }) => id === one.id)!)
        answers.push(answer ? { jsonrpc: '2.0', id: one.id, ...answer } : one)
      }
      response.writeHead(200, json).end(JSON.stringify(Array.isArray(sent) ? answers : answers[0]))
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    try {
      return await run(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  }

  test.each([
    ['null', { result: null }],
    ['an error', { error: { code: -39_001, message: 'safe block not found' } }],
  ])(
    'an L1 that has no safe or final block yet, and answers with %s, is read all the same',
    async (_, answer) => {
      const view = await withProxy(
        ({ params }) => (params?.[0] === 'safe' || params?.[0] === 'finalized' ? answer : undefined),
        (rpcUrl) =>
          optimistic({
            l1: { rpcUrl },
            contracts: deployment.addresses,
            startBlock: deployment.startBlock,
          }).view(),
      )
      expect(view.finalized.number).toBe(0n)
      expect(view.safe.number).toBe(0n)
      expect(view.finalizedBatchCount).toBe(0n)
      expect(view.batchCount).toBeGreaterThan(0n)
    },
  )

  test('an L1 that counts a batch before it shows it is told apart from one that fails', async () => {
    const { batchCount } = await stranger.view()
    const selector = toFunctionSelector('batchCount()')
    const early = ({ method, params }: Call) =>
      method === 'eth_call' && (params![0] as { data: Hex }).data === selector
        ? { result: numberToHex(batchCount + 1n, { size: 32 }) }
        : undefined
    await withProxy(early, async (rpcUrl) => {
      const settlement = optimistic({
        l1: { rpcUrl },
        contracts: deployment.addresses,
        startBlock: deployment.startBlock,
      })
      await expect(settlement.view()).rejects.toMatchObject({ code: 'SETTLEMENT_REORGED' })
    })
  }, 60_000)

  describe('a view while L1 goes on', () => {
    const reader = (rpcUrl: string) =>
      optimistic({
        l1: { rpcUrl },
        contracts: deployment.addresses,
        startBlock: deployment.startBlock,
      })
    /** The proof of a block other than the one that is asked for. */
    const older = async ({ params }: Call) => ({
      result: await l1.request('eth_getProof', [...params!.slice(0, 2), numberToHex(deployment.startBlock)]),
    })

    test('a proof of another block is asked for again, and of none but that block', async () => {
      const expected = await stranger.view()
      let proofs = 0
      const once = (call: Call) =>
        call.method === 'eth_getProof' && ++proofs === 1 ? older(call) : undefined
      await withProxy(once, async (rpcUrl) => {
        const view = await reader(rpcUrl).view()
        expect(view.batchCount).toBe(expected.batchCount)
      })
      expect(proofs).toBe(2)
      const always = (call: Call) => (call.method === 'eth_getProof' ? older(call) : undefined)
      await withProxy(always, async (rpcUrl) => {
        await expect(reader(rpcUrl).view()).rejects.toMatchObject({ code: 'L1_PROOF_INVALID' })
      })
    }, 60_000)

    test('a reorg between its reads is told as one', async () => {
      const snapshot = await l1.request('evm_snapshot')
      await l1.request('evm_mine', [])
      let isReorged = false
      const reorg = async (call: Call) => {
        if (call.method !== 'eth_getProof' || isReorged) return undefined
        isReorged = true
        const height = BigInt(call.params![2] as Hex)
        await l1.request('evm_revert', [snapshot])
        await l1.request('evm_increaseTime', [1])
        while (BigInt(await l1.request<Hex>('eth_blockNumber', [])) < height) await l1.request('evm_mine', [])
        return { result: await l1.request('eth_getProof', call.params!) }
      }
      await withProxy(reorg, async (rpcUrl) => {
        await expect(reader(rpcUrl).view()).rejects.toMatchObject({ code: 'SETTLEMENT_REORGED' })
        // The next look is at the new chain.
        expect((await reader(rpcUrl).view()).batchCount).toBeGreaterThan(0n)
      })
      expect(isReorged).toBe(true)
    }, 60_000)
  })

  test('an L1 that refuses logs of many blocks is asked for fewer', async () => {
    const { batchCount, depositCount } = await stranger.view()
    let refused = 0
    const refusal = ({ method, params }: Call) => {
      if (method !== 'eth_getLogs') return undefined
      const { fromBlock, toBlock } = params![0] as { fromBlock: Hex; toBlock: Hex }
      if (Number(toBlock) - Number(fromBlock) < 2) return undefined
      refused++
      return { error: { code: -32_602, message: 'query returned more than 10000 results' } }
    }
    const [batches, deposits] = await withProxy(refusal, async (rpcUrl) => {
      const settlement = optimistic({
        l1: { rpcUrl },
        contracts: deployment.addresses,
        startBlock: deployment.startBlock,
      })
      return [await settlement.getBatches(0n, batchCount), await settlement.getDeposits(0n, depositCount)]
    })
    expect(refused).toBeGreaterThan(0)
    expect(batches).toEqual(await stranger.getBatches(0n, batchCount))
    expect(deposits).toEqual(await stranger.getDeposits(0n, depositCount))
  }, 300_000)

  test('deposits come with the labels that viem looks for, and with the accumulators of the contract', async () => {
    const hash = await deposit(5n)
    const receipt = await createPublicClient({ transport: http(l1.url, patient) }).waitForTransactionReceipt({
      hash,
    })
    const { depositCount } = await stranger.view()
    const entries = await stranger.getDeposits(0n, depositCount)
    let acc = emptyAccumulator
    for (const entry of entries) expect((acc = depositAccumulator(acc, entry))).toBe(entry.acc)
    const mine = entries.filter(({ kind }) => kind === 0).at(-1)!
    const log = receipt.logs.find(
      ({ address }) => address.toLowerCase() === deployment.addresses.optimismPortal.toLowerCase(),
    )!
    expect(mine.label).toEqual({ l1BlockHash: receipt.blockHash, logIndex: log.logIndex })
    expect(mine.from).toBe(user!.address.toLowerCase())
  })

  test('anyone can force a batch once a deposit waited too long; the accumulators stay those of the contract', async () => {
    const before = await stranger.view()
    expect((await force(new Uint8Array(10))).status).toMatch(/ok|rejected/)
    await eventually(
      'the forced batch',
      async () => {
        const outcome = await force(Uint8Array.of(1, 2, 3))
        return outcome.status === 'ok' || (await stranger.view()).depositsRead > before.depositsRead
      },
      long,
    )
    const view = await stranger.view()
    expect(view.depositsRead).toBeGreaterThan(before.depositsRead)
    const [batches, deposits] = await Promise.all([
      stranger.getBatches(0n, view.batchCount),
      stranger.getDeposits(0n, view.depositCount),
    ])
    let acc = emptyAccumulator
    for (const { index, header, commitment, context, acc: expected } of batches) {
      const depositAcc =
        header.depositsReadAfter === 0n
          ? emptyAccumulator
          : deposits[Number(header.depositsReadAfter) - 1]!.acc
      acc = batchAccumulator(acc, { index, header, depositAcc, commitment, context })
      expect(acc).toBe(expected)
    }
  }, 300_000)

  test('the body of a forced batch is read from every encoding that the inbox accepts', async () => {
    const wallet = createWalletClient({ transport: http(l1.url, patient), account: user! })
    const client = createPublicClient({ transport: http(l1.url, patient), pollingInterval: 100 })
    const selector = toFunctionSelector('forceBatch(bytes32,uint64,bytes32,bytes)')
    const word = (value: number) => numberToHex(value, { size: 32 })
    // Behind the accumulators and the number of deposits.
    const cases: [string, Hex, number[]][] = [
      ['the offset is that of the number of deposits, which is 0', word(32), []],
      ['no padding', concatHex([word(128), word(3), '0x010203']), [1, 2, 3]],
      ['a gap', concatHex([word(133), '0xffffffffff', word(2), '0x0405']), [4, 5]],
      ['more behind it', concatHex([word(128), word(1), word(7), word(8)]), [0]],
    ]
    for (const [name, evidence, body] of cases) {
      const { parentAcc } = await readBatchBase(stranger)
      const data = concatHex([selector, parentAcc, word(0), zeroHash, evidence])
      await client.waitForTransactionReceipt({ hash: await deposit(1n) })
      await l1.request('evm_increaseTime', [5])
      const { batchCount } = await stranger.view()
      await eventually(
        `the forced batch, ${name}`,
        async () => {
          const request = { account: user!, to: deployment.addresses.inbox, data }
          if (
            await client.call(request).then(
              () => false,
              () => true,
            )
          )
            return false
          const hash = await wallet.sendTransaction({ ...request, chain: null })
          return (await client.waitForTransactionReceipt({ hash })).status === 'success'
        },
        long,
      )
      const [record] = await stranger.getBatches(batchCount, batchCount + 1n)
      expect([name, await stranger.getBody!(record!)]).toEqual([
        name,
        { status: 'data', data: Uint8Array.from(body) },
      ])
    }
  }, 300_000)

  test('the signed transaction of a batch is no other batch after a reorg', async () => {
    const client = createPublicClient({ transport: http(l1.url, patient), pollingInterval: 100 })
    const wallet = createWalletClient({ transport: http(l1.url, patient), account: batcher! })
    const sign = async (args: readonly [BatchHeader, Hex, Hex, number, Hex]) =>
      wallet.signTransaction(
        (await wallet.prepareTransactionRequest({
          chain: null,
          to: deployment.addresses.inbox,
          data: encodeFunctionData({ abi: inboxAbi, functionName: 'appendBatch', args }),
          gas: 1_000_000n,
          type: 'eip1559',
        })) as never,
      )
    const send = async (serializedTransaction: Hex) =>
      client.waitForTransactionReceipt({ hash: await client.sendRawTransaction({ serializedTransaction }) })

    const snapshot = await l1.request('evm_snapshot')
    await client.waitForTransactionReceipt({ hash: await deposit(1n) })
    const { depositCount, lastBlock, head } = await stranger.view()
    const { parentAcc, depositAcc } = await readBatchBase(stranger, depositCount)
    const header = {
      firstBlock: lastBlock + 1n,
      blockCount: 1,
      depositsReadAfter: depositCount,
      lastTimestamp: head.timestamp,
    }
    const raw = await sign([header, parentAcc, depositAcc, 1, '0x01'])
    expect((await send(raw)).status).toBe('success')
    const { batchCount } = await stranger.view()

    // L1 goes back to before the deposit, and has another one in its place.
    await l1.request('evm_revert', [snapshot])
    await client.waitForTransactionReceipt({ hash: await deposit(2n) })
    expect((await stranger.view()).depositCount).toBe(depositCount)
    expect((await send(raw)).status).toBe('reverted')
    expect((await stranger.view()).batchCount).toBe(batchCount - 1n)

    // The same with a batch below it that is another.
    const base = await readBatchBase(stranger, depositCount)
    const before = await l1.request('evm_snapshot')
    const onTop = await sign([
      { ...header, firstBlock: header.firstBlock + 1n, lastTimestamp: header.lastTimestamp + 1n },
      await (async () => {
        expect((await append(header, calldataOf('below'))).status).toBe('ok')
        return (await readBatchBase(stranger)).parentAcc
      })(),
      base.depositAcc,
      1,
      '0x02',
    ])
    await l1.request('evm_revert', [before])
    expect((await append(header, calldataOf('another below'))).status).toBe('ok')
    expect((await send(onTop)).status).toBe('reverted')
    expect((await stranger.view()).batchCount).toBe(batchCount)
  }, 300_000)

  /** A claim about the newest batch, or about the one with this index, on what stands before it; the batches before it are asserted when they were not. */
  async function claimOf(outputRoot: Hash, index?: bigint): Promise<Parameters<Settlement['assert']>[0]> {
    const batchIndex = index ?? (await stranger.view()).batchCount - 1n
    const { historyHeight } = await stranger.assertionRules()
    const [record] = await stranger.getBatches(batchIndex, batchIndex + 1n)
    let parent: Hex | undefined
    if (batchIndex > 0n) {
      const made = await stranger.getAssertions(0n, 100)
      parent = made.find((assertion) => assertion.batchIndex === batchIndex - 1n)?.id
      parent ??= (await settlement.assert(await claimOf(`0x${'66'.repeat(32)}`, batchIndex - 1n))).id
    }
    return {
      ...{ batchIndex, batchAcc: record!.acc, outputRoot, parent },
      blockNumber: record!.header.firstBlock + BigInt(record!.header.blockCount) - 1n,
      ...outputHistory([outputRoot], historyHeight),
    }
  }
  const newest = async () => (await stranger.getAssertions((await stranger.assertionCount()) - 1n, 10))[0]!

  test('an assertion is made once, disputed by a rival, and read by everybody', async () => {
    const claim = await claimOf(`0x${'77'.repeat(32)}`)
    const { proof: _proof, ...said } = claim
    const made = await settlement.assert(claim)
    if (made.status === 'error') throw made.error
    expect(made.status).toBe('ok')
    expect((await settlement.assert(claim)).status).toBe('rejected')
    expect(await settlement.assert({ ...claim, blockNumber: claim.blockNumber + 1n })).toMatchObject({
      status: 'rejected',
    })
    expect(await newest()).toMatchObject({
      ...said,
      id: made.id,
      status: 'pending',
      asserter: proposer!.address.toLowerCase(),
    })
    expect((await settlement.resolve(made.id!)).status).toBe('rejected')
    // The proposer's own needs no word; a stranger's key cannot endorse.
    expect((await settlement.endorse!(made.id!)).status).toBe('rejected')
    const rival = optimistic({ ...common(), accounts: { challenger: challenger! } })
    expect(await rival.assert(await claimOf(`0x${'79'.repeat(32)}`))).toMatchObject({ status: 'ok' })
    const both = (await stranger.getAssertions(0n, 100)).slice(-2)
    expect(both.map(({ status }) => status)).toEqual(['disputed', 'disputed'])
    expect(both[1]!.asserter).toBe(challenger!.address.toLowerCase())
    expect(await settlement.endorse!(both[1]!.id)).toMatchObject({ status: 'ok' })
  }, 300_000)

  test('an assertion without a rival is accepted after the challenge period, after its parent, and the bonds come back', async () => {
    const [first, second] = await stranger.getAssertions(0n, 2)
    expect([first!.status, second!.status]).toEqual(['pending', 'pending'])
    expect(second!.parent).toBe(first!.id)
    await l1.request('evm_increaseTime', [challengePeriod + 60])
    await l1.request('evm_mine', [])
    expect((await settlement.resolve(second!.id)).status).toBe('rejected')
    for (const { id } of [first!, second!])
      await eventually(
        'the end of the challenge period',
        async () => (await settlement.resolve(id)).status === 'ok',
        { ...long, intervalMs: 500 },
      )
    const found = await stranger.getAssertions(0n, 2)
    expect(found.map(({ status }) => status)).toEqual(['accepted', 'accepted'])
    const before = BigInt(await l1.request<string>('eth_getBalance', [proposer!.address, 'latest']))
    expect(await settlement.owed()).toBe(2n * devnetDefaults.assertionBond)
    expect((await settlement.claim()).status).toBe('ok')
    expect(await settlement.owed()).toBe(0n)
    const after = BigInt(await l1.request<string>('eth_getBalance', [proposer!.address, 'latest']))
    expect(after - before).toBeGreaterThan((3n * devnetDefaults.assertionBond) / 2n)
  }, 300_000)

  test('fees above the limit and missing keys are told', async () => {
    const prepared = await calldata({ rpcUrl: l1.url }).prepare!(Uint8Array.of(1))
    if (!('commitment' in prepared)) throw new Error('too large')
    const header = await nextHeader()
    expect((await append(header, prepared, { maxFeePerGas: 1n })).status).toBe('feeTooHigh')
    expect(
      await stranger.appendBatch(
        header,
        await readBatchBase(stranger),
        prepared.commitment,
        prepared.attachment,
        undefined,
      ),
    ).toMatchObject({ status: 'error', retryable: false })
  })

  test('after an L1 reorg, records that are gone are an error and the new ones are read', async () => {
    const snapshot = await l1.request('evm_snapshot')
    const header = await nextHeader()
    const prepared = await calldata({ rpcUrl: l1.url }).prepare!(Uint8Array.of(5))
    if (!('commitment' in prepared)) throw new Error('too large')
    await append(header, prepared)
    const { batchCount } = await stranger.view()
    expect(await stranger.getBatches(batchCount - 1n, batchCount)).toHaveLength(1)
    await l1.request('evm_revert', [snapshot])
    expect((await stranger.view()).batchCount).toBe(batchCount - 1n)
    await expect(stranger.getBatches(batchCount - 1n, batchCount)).rejects.toMatchObject({
      code: 'SETTLEMENT_REORGED',
    })
  }, 300_000)
})

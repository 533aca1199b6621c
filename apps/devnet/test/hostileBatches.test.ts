import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import { readBatchBase, type BaseError } from '@animechain/core'
import { calldata } from '@animechain/da-calldata'
import { optimistic } from '@animechain/settlement-optimistic'
import { eventually, patient } from '@animechain/testing'
import {
  createPublicClient,
  hexToBytes,
  http,
  keccak256,
  parseEther,
  parseGwei,
  serializeTransaction,
  type Hash,
  type Hex,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { devnetChainId, roles, users } from '../src/index.js'
import { cliPath, startProgram } from '../src/processes.js'
import { clients, testDevnet } from './support.js'

const MiB = 1024 * 1024
const blockCount = 3
const to = `0x${'4b'.repeat(20)}` as const

/** A body whose zstd frame says `claimed` bytes and holds 256 MiB in blocks of one repeated byte (RFC 8878 3.1.1.2.2). */
function zipBomb(claimed: number): Uint8Array {
  const size = 131_072
  const count = (256 * MiB) / size
  const frame = new Uint8Array(9 + 4 * count)
  const view = new DataView(frame.buffer)
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0xa0])
  view.setUint32(5, claimed, true)
  for (let i = 0; i < count; i++)
    view.setUint32(9 + 4 * i, (size << 3) | (1 << 1) | (i === count - 1 ? 1 : 0), true)
  const body = new Uint8Array(5 + frame.length)
  body[0] = 1
  new DataView(body.buffer).setUint32(1, frame.length)
  body.set(frame, 5)
  return body
}

/** Most memory that a process ever had, bytes; what it has now where the system does not tell. */
function peakMemory(pid: number): number {
  const path = `/proc/${pid}/status`
  if (existsSync(path)) return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(path, 'utf8'))![1]) * 1024
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) * 1024
}

describe('batches that a batcher with the real key should never have posted', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  let c: ReturnType<typeof clients>
  beforeAll(async () => {
    // The sequencer posts nothing before it is started again below: the test posts in its place.
    const never = 86_400
    net = await testDevnet({
      bridge: false,
      da: 'calldata',
      maxBatchAge: never,
      l1Config: { forceDelay: 2 * never, timelockDelay: 3 * never },
    })
    c = clients(net)
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('every node derives the same chain from them and goes on, and no acknowledged transaction is lost', async () => {
    const settlement = optimistic({
      l1: { rpcUrl: net.l1Url },
      contracts: net.deployment.addresses,
      startBlock: net.deployment.rollup.l1StartBlock,
      accounts: { batcher: privateKeyToAccount(roles.batcher.privateKey) },
    })
    const da = calldata({ rpcUrl: net.l1Url })
    const codec = batchCodec()
    const verifier = createPublicClient({
      chain: c.l2Chain,
      transport: http(net.verifierUrl, patient),
      cacheTime: 0,
    })
    const fees = { maxFeePerGas: parseGwei('10'), maxPriorityFeePerGas: 0n }
    const sign = (key: Hex, nonce: number) =>
      privateKeyToAccount(key).signTransaction({
        chainId: devnetChainId,
        type: 'eip1559',
        to,
        nonce,
        value: 1n,
        gas: 21_000n,
        ...fees,
      })

    /** Both nodes have the same blocks up to `last`, and it is safe. */
    const agree = (what: string, last: bigint) =>
      eventually(
        what,
        async () => {
          const safe = await c.l2.getBlock({ blockTag: 'safe' })
          if (safe.number! < last || (await verifier.getBlockNumber({ cacheTime: 0 })) < last) return false
          const [a, b] = await Promise.all([
            c.l2.getBlock({ blockNumber: last }),
            verifier.getBlock({ blockNumber: last }),
          ])
          return a.hash === b.hash
        },
        { timeoutMs: 120_000, intervalMs: 200 },
      )

    /** Appends bytes to the inbox as the batcher; answers with the last block that they announce. */
    const append = async (what: string, bytes: Uint8Array) => {
      const view = await settlement.view()
      const prepared = await da.prepare!(bytes)
      if (!('commitment' in prepared)) throw new Error('too large')
      const previous = view.lastTimestamp + BigInt(blockCount)
      const post = async () =>
        settlement.appendBatch(
          {
            firstBlock: view.lastBlock + 1n,
            blockCount,
            depositsReadAfter: view.depositCount,
            lastTimestamp: previous > view.head.timestamp ? previous : view.head.timestamp,
          },
          await readBatchBase(settlement, view.depositCount),
          prepared.commitment,
          prepared.attachment,
          undefined,
        )
      let result = await post()
      // The node settles assertions with the same key: one of its transactions may have taken the nonce.
      if (result.status === 'error' && (result.error as BaseError).code === 'L1_NONCE_OVERTAKEN')
        result = await post()
      if (result.status === 'error') throw result.error
      expect({ what, status: result.status }).toEqual({ what, status: 'ok' })
      const last = view.lastBlock + BigInt(blockCount)
      await agree(what, last)
      return { first: view.lastBlock + 1n, last }
    }
    /** Blocks of the fallback carry no transaction of a user. */
    const isFallback = async ({ first, last }: { first: bigint; last: bigint }) => {
      for (let number = first; number <= last; number++) {
        const { transactions } = await verifier.getBlock({ blockNumber: number, includeTransactions: true })
        expect(transactions.filter((transaction) => (transaction.type as string) !== 'deposit')).toEqual([])
      }
    }

    let nonce = await c.l2.getTransactionCount({ address: c.account.address })
    const acknowledged: Hash[] = []
    /** A user's transaction that the sequencer has put into a block which no batch has posted. */
    const transact = async () => {
      const hash = await c.l2.sendRawTransaction({
        serializedTransaction: await sign(users[0]!.privateKey, nonce++),
      })
      acknowledged.push(hash)
      await c.l2.waitForTransactionReceipt({ hash, timeout: 120_000 })
    }

    await transact()
    await isFallback(
      await append(
        'garbage',
        Uint8Array.from({ length: 3_000 }, (_, i) => (i * 73 + 11) & 0xff),
      ),
    )

    await transact()
    const neighbour = users[3]!
    const goodRaw = await sign(neighbour.privateKey, 0)
    const whole = await codec.encode({
      blocks: Array.from({ length: blockCount }, (_, i) => ({
        timestampDelta: 1,
        depositCount: 0,
        transactions: i === 0 ? [hexToBytes(goodRaw)] : [],
      })),
      labels: [],
    })
    await isFallback(await append('a truncated batch', whole.subarray(0, whole.length - 20)))

    const before = peakMemory(net.programs.verifier!.pid)
    await isFallback(await append('a zip bomb that says what it is', zipBomb(256 * MiB)))
    await isFallback(await append('a zip bomb that says 4 MiB', zipBomb(4 * MiB)))
    expect(peakMemory(net.programs.verifier!.pid) - before).toBeLessThan(128 * MiB)

    await transact()
    const wrongNonce = await sign(users[4]!.privateKey, 1_000)
    const penniless = await sign(generatePrivateKey(), 0)
    const badSignature = serializeTransaction(
      {
        chainId: devnetChainId,
        type: 'eip1559',
        to,
        nonce: 0,
        value: parseEther('1'),
        gas: 21_000n,
        ...fees,
      },
      { r: `0x${'ff'.repeat(32)}`, s: `0x${'01'.repeat(32)}`, yParity: 0 },
    )
    const bad = [wrongNonce, penniless, badSignature, '0x02c0'] as const
    const mixed = await append(
      'a batch with invalid transactions',
      await codec.encode({
        blocks: Array.from({ length: blockCount }, (_, i) => ({
          timestampDelta: 1,
          depositCount: 0,
          transactions: i === 0 ? [...bad, goodRaw].map((raw) => hexToBytes(raw)) : [],
        })),
        labels: [],
      }),
    )
    // Skipped alone: their neighbour is in the block that the batch put it into.
    const neighbourly = await verifier.getTransactionReceipt({ hash: keccak256(goodRaw) })
    expect(neighbourly).toMatchObject({ status: 'success', blockNumber: mixed.first })
    for (const raw of bad)
      await expect(verifier.getTransactionReceipt({ hash: keccak256(raw) })).rejects.toThrow(
        /could not be found/,
      )

    // The sequencer starts again on what it stored, and its own batch is a good one.
    await net.stopProgram('sequencer')
    await net.startProgram('sequencer', { ANIMECHAIN_MAX_BATCH_AGE: '2', ANIMECHAIN_MAX_IDLE_BATCH_AGE: '2' })
    await transact()
    for (const hash of acknowledged) {
      const receipt = await eventually(
        `${hash} on the verifier`,
        () => verifier.getTransactionReceipt({ hash }),
        { timeoutMs: 90_000, intervalMs: 500 },
      )
      expect(receipt.status).toBe('success')
    }
    const end = (await verifier.getBlock()).number
    expect(end).toBeGreaterThan(mixed.last)
    await agree('the good batch', end)
    for (let number = 0n; number <= end; number++) {
      const [a, b] = await Promise.all([
        c.l2.getBlock({ blockNumber: number }),
        verifier.getBlock({ blockNumber: number }),
      ])
      expect(a.hash).toBe(b.hash)
    }

    // A verifier that has never seen anything but L1.
    const logFile = join(net.directory, 'logs', 'fresh.log')
    const fresh = startProgram({
      name: 'fresh verifier',
      path: cliPath('@animechain/verifier'),
      env: {
        ANIMECHAIN_L1_RPC_URL: net.l1Url,
        ANIMECHAIN_DEPLOYMENT: net.chainFile,
        ANIMECHAIN_DATA_DIR: join(net.directory, 'fresh'),
        ANIMECHAIN_RPC_PORT: '0',
        ANIMECHAIN_METRICS_PORT: '0',
        ANIMECHAIN_EXIT_AT_BLOCK: String(end),
      },
      logFile,
    })
    const timer = setTimeout(() => void fresh.kill(), 240_000)
    const code = await fresh.exited
    clearTimeout(timer)
    expect(code).toBe(0)
    expect(readFileSync(logFile, 'utf8')).toContain((await verifier.getBlock({ blockNumber: end })).hash)
  }, 900_000)
})

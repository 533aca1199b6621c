import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { defaultExecution, otherExecution } from '@animechain/stack'
import { freePort } from '@animechain/testing'
import { eventually, patient } from '@animechain/testing'
import { createPublicClient, http, parseEther, type Hash, type Hex } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { answering, cliPath, startProgram, type Program } from '../src/processes.js'
import { clients, testDevnet } from './support.js'

/** Init code of a contract of three bytes: PUSH1 1, STOP. */
const tinyContract: Hex = '0x626001006000526003601df3'

/** Hashes of the blocks from 0 to `last`, in order. */
async function hashes(url: string, last: bigint): Promise<Hash[]> {
  const client = createPublicClient({ transport: http(url, { batch: true, ...patient }) })
  const blocks = await Promise.all(
    Array.from({ length: Number(last) + 1 }, (_, i) => client.getBlock({ blockNumber: BigInt(i) })),
  )
  return blocks.map((block) => block.hash)
}

/** Overwrites some bytes in every page behind the first two of a stopped store. */
function damage(file: string): void {
  const image = readFileSync(file)
  for (let at = 2 * 4_096 + 2_000; at < image.length; at += 4_096) image.fill(0xa5, at, at + 64)
  writeFileSync(file, image)
}

const headOf = async (url: string, blockTag: 'safe' | 'latest') =>
  (await createPublicClient({ transport: http(url, patient) }).getBlock({ blockTag })).number

describe('a verifier on an empty folder, with only the L1 URL and the deployment file', () => {
  let net: Awaited<ReturnType<typeof testDevnet>> | undefined
  let verifier: Program | undefined
  let folder: string | undefined
  afterEach(async () => {
    await verifier?.stop()
    await net?.dispose()
    if (folder) rmSync(folder, { recursive: true, force: true })
    verifier = net = folder = undefined
  }, 180_000)

  test.each(['calldata', 'blob'] as const)(
    'reaches the hashes of the sequencer from %s, and resumes where it was',
    async (da) => {
      const devnet = (net = await testDevnet({ da, verifier: false, bridge: false }))
      const { l1, l2, l1Wallet, l2Wallet, l2Chain, account } = clients(devnet, 3)
      folder = mkdtempSync(join(tmpdir(), 'animechain-fresh-'))

      // Something of each kind: a deposit, transfers and a contract.
      const to = `0x${'5c'.repeat(20)}` as const
      const deposit = await l1Wallet.depositTransaction({
        request: { gas: 100_000n, to, mint: parseEther('3'), value: parseEther('3') },
        targetChain: l2Chain,
      } as never)
      const [depositHash] = getL2TransactionHashes(await l1.waitForTransactionReceipt({ hash: deposit }))
      // A deposit takes a nonce of its sender on L2: what this account sends comes after it.
      const deposited = await l2.waitForTransactionReceipt({ hash: depositHash!, timeout: 120_000 })
      expect(deposited.status).toBe('success')
      const sent: Hash[] = []
      for (let i = 0; i < 3; i++) sent.push(await l2Wallet.sendTransaction({ to, value: 1n } as never))
      sent.push(await l2Wallet.deployContract({ abi: [], bytecode: tinyContract, account } as never))
      const receipts = await Promise.all(
        sent.map((hash) => l2.waitForTransactionReceipt({ hash, timeout: 120_000 })),
      )
      expect(receipts.map(({ status }) => status)).toEqual(sent.map(() => 'success'))
      expect(receipts.map(({ transactionHash }) => transactionHash)).toEqual(sent)
      const code = receipts.at(-1)!.contractAddress!
      expect(await l2.getBalance({ address: to })).toBe(parseEther('3') + 3n)
      const needed = await headOf(devnet.l2Url, 'latest')
      const coveredBySafe = (least: bigint) =>
        eventually(
          `safe head ${least}`,
          async () => {
            const safe = await headOf(devnet.l2Url, 'safe')
            return safe >= least ? safe : undefined
          },
          { timeoutMs: 120_000, intervalMs: 250 },
        )

      const blobs = { archive: join(folder, 'archive'), port: await freePort() }
      const start = async (execution = defaultExecution) => {
        const port = await freePort()
        const url = `http://127.0.0.1:${port}`
        const logFile = join(devnet.directory, 'logs', 'fresh.log')
        verifier = startProgram({
          name: 'fresh verifier',
          path: cliPath('@animechain/verifier'),
          args: [
            ...['--l1-rpc-url', devnet.l1Url, '--deployment', devnet.chainFile, '--data-dir', folder!],
            ...['--rpc-port', String(port), '--metrics-port', '0', '--execution', execution],
            ...['--blob-archive', blobs.archive, '--blob-server-port', String(blobs.port)],
          ],
          env: {},
          logFile,
        })
        await answering('fresh verifier', url, verifier, logFile)
        return url
      }
      const caughtUp = (url: string, least: bigint) =>
        eventually(
          `the verifier at block ${least}`,
          async () => ((await headOf(url, 'safe')) >= least ? true : undefined),
          { timeoutMs: 120_000, intervalMs: 250 },
        )

      const safe = await coveredBySafe(needed)
      let url = await start()
      await caughtUp(url, safe)
      const expected = await hashes(devnet.l2Url, safe)
      expect(await hashes(url, safe)).toEqual(expected)
      const derived = createPublicClient({ transport: http(url, patient) })
      expect(await derived.getBalance({ address: to })).toBe(parseEther('3') + 3n)
      expect(await derived.getCode({ address: code })).toBe('0x600100')

      // What it read it keeps, and serves to nodes that come after L1 has dropped it.
      const kept = existsSync(join(blobs.archive, 'blobs=')) ? readdirSync(join(blobs.archive, 'blobs=')) : []
      expect(kept.length > 0).toBe(da === 'blob')
      for (const hash of kept.slice(0, 2)) {
        const answer = await fetch(
          `http://127.0.0.1:${blobs.port}/eth/v1/beacon/blobs/head?versioned_hashes=${hash}`,
        )
        expect(((await answer.json()) as { data: Hex[] }).data.map((each) => each.length)).toEqual([
          2 + 2 * 131_072,
        ])
      }

      // The chain goes on while the verifier is away; then the sequencer goes too.
      await verifier!.stop()
      const later = await coveredBySafe(safe + 1n)
      const all = await hashes(devnet.l2Url, later)
      await devnet.stopProgram('sequencer')
      url = await start()
      // What it had is there before it has looked at L1 again.
      expect(await headOf(url, 'latest')).toBeGreaterThanOrEqual(safe)
      await caughtUp(url, later)
      expect(await hashes(url, later)).toEqual(all)

      // A disk that changes what was written: the store is kept aside and the chain derived again.
      await verifier!.stop()
      damage(join(folder, 'lmdb', 'data.mdb'))
      url = await start()
      await caughtUp(url, later)
      expect(await hashes(url, later)).toEqual(all)
      expect(readdirSync(folder).filter((name) => name.startsWith('lmdb.damaged-'))).toHaveLength(1)
      await verifier!.stop()

      // The sequencer's folder has what is nowhere else: no verifier may work on it.
      const logFile = join(devnet.directory, 'logs', 'intruder.log')
      verifier = startProgram({
        name: 'intruder',
        path: cliPath('@animechain/verifier'),
        args: [
          ...['--l1-rpc-url', devnet.l1Url, '--deployment', devnet.chainFile],
          ...['--data-dir', join(devnet.directory, 'sequencer'), '--rpc-port', '0', '--metrics-port', '0'],
        ],
        env: {},
        logFile,
      })
      expect(await verifier.exited).toBe(1)
      expect(readFileSync(logFile, 'utf8')).toContain('NODE_FOLDER')

      // And from nothing, with L1 alone and the other engine.
      rmSync(folder, { recursive: true })
      url = await start(otherExecution(defaultExecution))
      await caughtUp(url, later)
      expect(await hashes(url, later)).toEqual(all)
    },
    400_000,
  )
})

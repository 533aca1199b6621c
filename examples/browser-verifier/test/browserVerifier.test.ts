import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { devnetNetwork } from '@animechain/contracts'
import { outputHistory, silentLogger, silentMetrics } from '@animechain/core'
import { temporaryDevnet, users, type TemporaryDevnet } from '@animechain/devnet'
import { decodeList } from '@animechain/network-protocol'
import { alarmAbout, postAlarm, signAlarm } from '@animechain/network-verifier'
import { optimistic } from '@animechain/settlement-optimistic'
import { eventually, freePort, testAccount } from '@animechain/testing'
import { exitCodes, watchConfig, watcher, watchOnce } from '@animechain/verifier'
import { createPublicClient, createWalletClient, http, numberToHex, parseEther, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { chromium, chromiumPath, type Chromium, type Page } from './chromium.js'
import { lyingNode } from './lyingNode.js'

/** Init code of a contract of three bytes: PUSH1 1, STOP. */
const tinyContract: Hex = '0x626001006000526003601df3'
const wrongWord: Hex = `0x${'ab'.repeat(32)}`

let net: TemporaryDevnet
/** HTTP side of the sequencer's gossip. */
let sequencerGossip: string
let site: { url: string; close(): Promise<void> }
let browser: Chromium

/** `npm start` of the example on a free port. */
async function serve(chainFile: string): Promise<typeof site> {
  const script = fileURLToPath(new URL('../serve.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, '--chain', chainFile, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    const read = (data: Buffer) => {
      printed += data.toString()
      const open = /Open (http:\S+)/.exec(printed)?.[1]
      if (open) resolve(open)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => reject(new Error(`the page is not served: ${printed}`)))
  })
  return {
    url,
    async close() {
      child.kill()
      await exited
    },
  }
}

interface Shown {
  verdict: string
  trouble: string
  agree: number
  differ: number
  outputs: number
  assertions: number
  transactions: number
  speed: string
  guest: string
  problems: string[]
  alarms: { game: string; text: string; answers: { outcome: string; text: string }[] }[]
  good: { number: number; hash: string }[]
  bad: number[]
}

const shown = (page: Page) =>
  page.evaluate<Shown>(`(() => {
    const text = (id) => document.getElementById(id).textContent
    const rows = (verdict) => [...document.querySelectorAll('tr[data-verdict="' + verdict + '"]')]
    return {
      verdict: document.getElementById('verdict').dataset.verdict,
      trouble: text('trouble'),
      agree: Number(text('agree')),
      differ: Number(text('differ')),
      outputs: Number(text('outputs')),
      assertions: Number(text('assertions')),
      transactions: Number(text('transactions')),
      speed: text('speed'),
      guest: text('guest'),
      problems: [...document.querySelectorAll('#problems li')].map((item) => item.textContent),
      alarms: [...document.querySelectorAll('#alarms > li')].map((item) => ({
        game: item.dataset.game,
        text: item.firstChild.textContent,
        answers: [...item.querySelectorAll('li')].map((line) => ({
          outcome: line.dataset.outcome,
          text: line.textContent,
        })),
      })),
      good: rows('good').map((row) => ({ number: Number(row.dataset.block), hash: row.cells[1].textContent })),
      bad: rows('bad').map((row) => Number(row.dataset.block)),
    }
  })()`)

/** Waits for what the page shows. @throws with all of it when the time is over */
async function until(
  page: Page,
  what: string,
  holds: (now: Shown) => boolean,
  timeoutMs = 40_000,
): Promise<Shown> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const now = await shown(page).catch(() => undefined)
    if (now && holds(now)) return now
    if (Date.now() > end)
      throw new Error(
        `not within ${timeoutMs / 1000} s: ${what}. The page shows ${JSON.stringify(now, null, 1)}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** On a slow machine the first blocks may be empty. */
async function firstBlockWithTransactions() {
  const l2 = createPublicClient({ transport: http(net.l2Url) })
  const head = await l2.getBlockNumber()
  for (let blockNumber = 1n; blockNumber <= head; blockNumber++) {
    const block = await l2.getBlock({ blockNumber })
    if (block.transactions.length > 0) return block
  }
  throw new Error(`expected transactions in one of the blocks up to ${head}`)
}

async function open(query = ''): Promise<Page> {
  const page = await browser.page()
  await page.goto(`${site.url}/${query}`)
  return page
}

// Installing Chromium takes a quarter of a minute where it is missing.
beforeAll(async () => {
  const path = chromiumPath()
  const gossipPort = await freePort()
  sequencerGossip = `http://127.0.0.1:${gossipPort}`
  net = await temporaryDevnet({
    maxBatchAge: 2,
    verifier: false,
    bridge: false,
    // One assertion of the sequencer's; the next one is a test's.
    sequencerEnv: {
      ANIMECHAIN_ASSERT_INTERVAL: '1000000',
      ANIMECHAIN_GOSSIP_HTTP_PORT: String(gossipPort),
    },
    l1Config: {
      ...{ challengePeriod: 3_600, proofMaturityDelay: 3_600, timelockDelay: 86_400 },
      network: devnetNetwork,
    },
  })
  ;[site, browser] = await Promise.all([serve(net.chainFile), chromium(path)])
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
  await net?.dispose()
}, 60_000)

describe('a browser tab', () => {
  test('derives the chain from L1, executes it with the wasm engine and agrees with the sequencer', async () => {
    const page = await open()
    const { l2: chain } = net.deployment
    const l2 = createPublicClient({ chain, transport: http(net.l2Url), pollingInterval: 250 })
    const wallet = createWalletClient({
      chain,
      transport: http(net.l2Url),
      account: privateKeyToAccount(users[1]!.privateKey),
    })
    await wallet.sendTransaction({ to: users[2]!.address, value: parseEther('1') })
    const hash = await wallet.deployContract({ abi: [], bytecode: tinyContract })
    const receipt = await l2.waitForTransactionReceipt({ hash })

    const now = await until(
      page,
      'the block with the contract, an output and an assertion',
      ({ good, outputs, assertions }) =>
        outputs > 0 && assertions > 0 && good.some(({ number }) => number === Number(receipt.blockNumber)),
    )
    expect(now).toMatchObject({ verdict: 'good', differ: 0, problems: [], bad: [] })
    expect(now.agree).toBeGreaterThanOrEqual(Number(receipt.blockNumber))
    expect(now.transactions).toBeGreaterThanOrEqual(2)
    expect(now.guest).toMatch(/^[1-9]\d* MiB$/)
    expect(now.speed).toMatch(/^[\d.]+ Mgas\/s/)
    const row = now.good.find(({ number }) => number === Number(receipt.blockNumber))!
    expect(receipt.blockHash.startsWith(row.hash.split('…')[0]!)).toBe(true)
    expect(receipt.blockHash.endsWith(row.hash.split('…')[1]!)).toBe(true)
    await page.close()
  }, 60_000)

  test('shows red the one block about which a node lies', async () => {
    const target = '0x2'
    const liar = await lyingNode({
      url: net.l2Url,
      lie: (method, result: { number?: string; stateRoot?: string }) =>
        method === 'eth_getBlockByNumber' && result.number === target
          ? { ...result, stateRoot: wrongWord }
          : result,
    })
    try {
      const page = await open(`?l2=${encodeURIComponent(liar.url)}`)
      const now = await until(
        page,
        'a red block among green ones',
        ({ differ, agree }) => differ > 0 && agree > 2,
      )
      expect(now).toMatchObject({ verdict: 'bad', differ: 1, bad: [2] })
      expect(now.problems).toHaveLength(1)
      expect(now.problems[0]).toMatch(/^block 2: stateRoot is 0x.* says 0xabab/)
      await page.close()
    } finally {
      await liar.close()
    }
  }, 60_000)

  test('shows red an output root that the node made up, and transactions that it hides', async () => {
    const { number: target } = await firstBlockWithTransactions()
    const liar = await lyingNode({
      url: net.l2Url,
      lie: (method, result: { number?: string; transactions?: unknown[] }) =>
        method === 'optimism_outputAtBlock'
          ? { ...result, outputRoot: wrongWord }
          : result.number === numberToHex(target) && result.transactions
            ? { ...result, transactions: result.transactions.slice(1) }
            : result,
    })
    try {
      const page = await open(`?l2=${encodeURIComponent(liar.url)}`)
      const block = new RegExp(`block ${target}: transactions is`)
      const output = /batch 0, block \d+: the output root is 0x.* the node says 0xabab/
      // More than one batch may be shown before the first block is.
      const now = await until(page, 'both lies', ({ problems }) =>
        [block, output].every((lie) => problems.some((problem) => lie.test(problem))),
      )
      expect(now).toMatchObject({ verdict: 'bad', outputs: 0, bad: [Number(target)] })
      await page.close()
    } finally {
      await liar.close()
    }
  }, 60_000)

  test('derives nothing from a batch that L1 does not vouch for', async () => {
    // Whoever serves L1 changes one byte of every blob: its commitment is not the one in the batch.
    const liar = await lyingNode({
      url: net.l1Url,
      lie: (method, result: string) =>
        method === 'anvil_getBlobByHash'
          ? `${result.slice(0, 90)}${result[90] === '0' ? '1' : '0'}${result.slice(91)}`
          : result,
    })
    try {
      const page = await open(`?l1=${encodeURIComponent(liar.url)}`)
      const now = await until(page, 'an error', ({ trouble }) => trouble.startsWith('derivation:'))
      expect(now).toMatchObject({ agree: 0, differ: 0, outputs: 0 })
      await page.close()
    } finally {
      await liar.close()
    }
  }, 60_000)
})

/** Settings of a watcher of the devnet, with its state in memory. */
function watching(folder: string, ...argv: string[]) {
  const loaded = watchConfig.load({
    argv: [
      ...['--l1-rpc-url', net.l1Url, '--deployment', net.chainFile, '--storage', 'memory'],
      ...['--data-dir', join(net.directory, folder), '--log-level', 'silent', ...argv],
    ],
    env: {},
  })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  return loaded.values
}

/** Asserts a wrong output root on L1 for the batch after the first that the sequencer asserted. */
async function lie() {
  const settlement = optimistic({
    l1: { rpcUrl: net.l1Url },
    contracts: net.deployment.addresses,
    startBlock: net.deployment.rollup.l1StartBlock,
    accounts: { proposer: testAccount(7) },
  })
  const [parent] = await settlement.getAssertions(0n, 1)
  const index = parent!.batchIndex + 1n
  const record = await eventually('a batch', async () => {
    const { batchCount } = await settlement.view()
    return batchCount > index && (await settlement.getBatches(index, index + 1n))[0]
  })
  const { historyHeight } = await settlement.assertionRules()
  const made = await settlement.assert({
    ...{ batchIndex: index, batchAcc: record.acc, outputRoot: wrongWord, parent: parent!.id },
    blockNumber: record.header.firstBlock + BigInt(record.header.blockCount) - 1n,
    ...outputHistory([wrongWord], historyHeight),
  })
  if (made.status !== 'ok') throw new Error(`the lie was not taken: ${made.status}`)
  return eventually('the lie', async () =>
    (await settlement.getAssertions(0n, 100)).find(({ id }) => id === made.id),
  )
}

describe('watchers without stake', () => {
  test('are content while every assertion is right', async () => {
    const lines: string[] = []
    expect(await watchOnce(watching('watch', '--once'), (line) => lines.push(line))).toBe(0)
    expect(lines.join('\n')).toMatch(
      // As many as the proposer has made by now.
      /^assertion 0x\w+: batch 0, block \d+, pending: right\n(assertion 0x\w+: batch \d+, block \d+, pending: right\n)*L1 block \d+: .* \d+ assertions, 0 wrong$/,
    )
  }, 60_000)

  test('raise alarms about a lie on L1, from a tab and from a command, that a node checks itself', async () => {
    const receiver = await watcher({
      values: watching('receiver', '--gossip-http-port', '0', '--gossip-port', '0'),
      ...{ deployment: net.deployment, logger: silentLogger, metrics: silentMetrics },
      onSeen: () => {},
      onFailure: () => {},
    })
    await receiver.start()
    try {
      const { id: game, ...wrong } = await lie()
      const url = receiver.gossip!.httpUrl!
      const nodes = [url, sequencerGossip]
      const page = await open(`?verifiers=${encodeURIComponent(nodes.join())}`)
      const now = await until(page, 'an alarm that both nodes took', ({ alarms }) =>
        alarms.some(({ answers }) => answers.filter(({ outcome }) => outcome === 'taken').length === 2),
      )
      expect(now).toMatchObject({ verdict: 'bad', differ: 0, alarms: [{ game: game.toLowerCase() }] })
      expect(now.alarms).toHaveLength(1)
      expect(now.alarms[0]!.answers.map(({ text }) => text).sort()).toEqual(
        nodes.map((node) => `${node} checked it, and agrees: accepted`).sort(),
      )
      expect(now.problems[0]).toMatch(/the output root is 0x.* an assertion on L1 says 0xabab/)
      await page.close()

      // A command on another machine, over libp2p.
      const lines: string[] = []
      const peer = receiver.gossip!.addresses[0]!
      const once = watching('watch', '--once', '--gossip-peers', peer)
      expect(await watchOnce(once, (line) => lines.push(line))).toBe(exitCodes.wrong)
      expect(lines.join('\n')).toContain(`assertion ${game}: batch 1`)
      // The node's own, the tab's and the command's.
      const alarms = await eventually('three alarms', async () => {
        const listed = await fetch(`${url}/v1/alarms`)
        const decoded = decodeList('alarm', new Uint8Array(await listed.arrayBuffer()))
        return decoded.ok && decoded.value.length === 3 && decoded.value
      })
      const derived = receiver.rollup.derivedBatch(1n)!.outputRoot
      const right = alarmAbout({ id: game, ...wrong }, derived)
      expect(alarms.map(({ message }) => message)).toEqual([right, right, right])
      expect(new Set(alarms.map(({ signature }) => signature)).size).toBe(3)

      // Told to somebody who is no node.
      const unheard = watching('watch', '--once', '--gossip-http-peers', site.url)
      expect(await watchOnce(unheard, (line) => lines.push(line))).toBe(exitCodes.notTaken)
      expect(lines.at(-1)).toMatch(/^nobody took the alarms of 0x/)

      // One that is false is nobody's.
      const domain = { chainId: net.deployment.l1.id, registry: net.deployment.addresses.stakeRegistry! }
      const falsely = { ...right, derived: wrongWord, claimed: derived } as const
      const answer = await postAlarm(url, await signAlarm(testAccount(8), domain, falsely))
      expect(answer).toMatchObject({
        outcome: 'later',
        status: 422,
        said: `a false alarm: this node derived ${derived} too`,
      })
    } finally {
      await receiver.stop()
    }
  }, 120_000)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { outputHistory } from '@animechain/core'
import { optimistic } from '@animechain/settlement-optimistic'
import { eventually, patient, testAccount } from '@animechain/testing'
import { concat, createPublicClient, http, keccak256, zeroHash } from 'viem'
import { clients, testDevnet } from './support.js'

/** The verifier's `pollInterval`, milliseconds. */
const pollInterval = 4_000
/** What the look itself may take on a busy machine; less than another interval, so that a look that misses it is noticed. */
const slack = 3_000

/** How long the machine stood still, milliseconds: all that small questions to these programs took longer than they do. */
function stalls(ask: () => Promise<unknown>) {
  const usual = 50
  let total = 0
  let going = true
  const done = (async () => {
    while (going) {
      const began = Date.now()
      await ask().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, usual))
      total += Math.max(0, Date.now() - began - 3 * usual)
    }
  })()
  return {
    async end() {
      going = false
      await done
      return total
    },
  }
}

describe('a proposer that lies once', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  beforeAll(async () => {
    // The sequencer's own proposer asserts once, and then not again: the next one is this test's.
    net = await testDevnet({
      bridge: false,
      sequencerEnv: { ANIMECHAIN_ASSERT_INTERVAL: '1000000' },
      verifierEnv: { ANIMECHAIN_POLL_INTERVAL: String(pollInterval) },
      // However late the verifier looks, there is time to dispute.
      l1Config: { challengePeriod: 3_600, proofMaturityDelay: 3_600, timelockDelay: 86_400 },
    })
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('is named by the verifier with assertion, block and both roots, and gets a rival on L1', async () => {
    const settlement = optimistic({
      l1: { rpcUrl: net.l1Url },
      contracts: net.deployment.addresses,
      startBlock: net.deployment.rollup.l1StartBlock,
      // Anybody may assert; the proposer's key is the sequencer's to use.
      accounts: { proposer: testAccount(7) },
    })
    const verifierClient = createPublicClient({
      chain: clients(net).l2Chain,
      transport: http(net.verifierUrl, patient),
    })
    const parent = await eventually(
      "the proposer's assertion",
      async () => (await settlement.getAssertions(0n, 1_000)).at(-1),
      { timeoutMs: 120_000 },
    )
    const index = parent.batchIndex + 1n
    const record = await eventually(
      'a batch',
      async () => {
        const { batchCount } = await settlement.view()
        return batchCount > index && (await settlement.getBatches(index, index + 1n))[0]
      },
      { timeoutMs: 120_000 },
    )
    const last = record.header.firstBlock + BigInt(record.header.blockCount) - 1n
    await eventually(
      'the verifier to apply it',
      async () => (await verifierClient.getBlockNumber({ cacheTime: 0 })) >= last,
      { timeoutMs: 120_000 },
    )

    // The true root, from what the verifier serves over JSON-RPC.
    const block = await verifierClient.getBlock({ blockNumber: last })
    const { storageHash } = await verifierClient.getProof({
      address: '0x4200000000000000000000000000000000000016',
      storageKeys: [],
      blockNumber: last,
    })
    const expected = keccak256(concat([zeroHash, block.stateRoot, storageHash, block.hash!]))
    const claimed = `0x${'bad0'.repeat(16)}` as const

    const stalled = stalls(() =>
      Promise.all([net.l1.request('eth_blockNumber'), verifierClient.getBlockNumber({ cacheTime: 0 })]),
    )
    const { historyHeight } = await settlement.assertionRules()
    const made = await settlement.assert({
      ...{ batchIndex: record.index, batchAcc: record.acc, blockNumber: last, outputRoot: claimed },
      parent: parent.id,
      ...outputHistory([claimed], historyHeight),
    })
    const onL1 = Date.now()
    expect(made.status).toBe('ok')

    const log = () => readFileSync(join(net.directory, 'logs', 'verifier.log'), 'utf8').split('\n')
    const line = await eventually(
      'the verifier to name the lie',
      async () => log().find((text) => text.includes('wrong assertion')),
      { timeoutMs: 120_000, intervalMs: 50 },
    ).finally(() => stalled.end())
    expect(Date.parse((JSON.parse(line!) as { time: string }).time) - onL1).toBeLessThan(
      pollInterval + slack + (await stalled.end()),
    )
    expect(line).toContain(made.id)
    expect(line).toContain(claimed)
    expect(line).toContain(expected)
    expect(line).toMatch(new RegExp(`"?blockNumber"?[:=]\\s*"?${last}\\b`))

    const metrics = await (await fetch(`${net.metricsUrls.verifier}/metrics`)).text()
    expect(metrics).toMatch(/rollup_wrong_assertions_total(\{[^}]*\})? 1$/m)

    await eventually(
      'the rival on L1',
      async () => {
        const all = await settlement.getAssertions(0n, Number(await settlement.assertionCount()))
        return all.find(({ id }) => id === made.id)?.status === 'disputed'
      },
      { timeoutMs: 120_000 },
    )
    // Named once, however often it is looked at.
    expect(log().filter((text) => /wrong assertion/i.test(text))).toHaveLength(1)
  }, 500_000)
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { anvil, patient, testAccount, testPrivateKey, type Anvil } from '@animechain/testing'
import { inboxAbi } from '@animechain/contracts'
import { readDeployment } from '@animechain/stack'
import { createPublicClient, http } from 'viem'
import { deploy, deployConfig } from '../src/index.js'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const at = (index: number) => testAccount(index).address
const deployer = at(0)

let l1: Anvil
const folder = mkdtempSync(join(tmpdir(), 'contracts-deploy-'))
beforeAll(async () => {
  l1 = await anvil({ blockTime: 1, slotsInAnEpoch: 1 })
}, 120_000)
afterAll(async () => {
  await l1?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const settings = () => ({
  l1RpcUrl: l1.url,
  l1ChainId: 31_337,
  l2ChainId: 420_042,
  owner: at(1),
  operator: at(1),
  guardian: at(2),
  sequencer: at(3),
  batcher: at(3),
  proposer: at(4),
  challenger: at(5),
  feeRecipient: at(6),
  preset: 'test',
  da: 'calldata',
  state: join(folder, 'state.json'),
  deployment: join(folder, 'chain.json'),
})

/** The command in this process: what it says, or throws. */
async function run(over: Record<string, unknown> = {}, key: string | undefined = testPrivateKey(0)) {
  const lines: string[] = []
  const file = JSON.stringify({ ...settings(), ...over })
  const env = { ANIMECHAIN_CONFIG: 'chain.config.json', ...(key ? { ANIMECHAIN_DEPLOYER_KEY: key } : {}) }
  const loaded = deployConfig.load({ argv: [], env, readFile: () => file })
  if (loaded.status !== 'ok') throw new Error('expected settings')
  await deploy(loaded.values, (line) => lines.push(line))
  return lines
}

/** The command as a program of its own, killed at its n-th transaction if one is given. */
function start(config: string, killAtSent?: number): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--no-warnings', cli, 'deploy', '--config', config], {
    env: { ...process.env, ANIMECHAIN_DEPLOYER_KEY: testPrivateKey(0) },
  })
  let output = ''
  const take = (chunk: Buffer) => {
    output += chunk.toString()
    if (killAtSent !== undefined && output.split(' sent\n').length > killAtSent) child.kill('SIGKILL')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

const client = () => createPublicClient({ transport: http(l1.url, patient), cacheTime: 0 })
const nonce = () => client().getTransactionCount({ address: deployer })

describe('before anything is sent', () => {
  test('a dry run prints every transaction and address, sends nothing and writes nothing', async () => {
    const lines = await run({ dryRun: true, deployer }, '')
    const sends = lines.filter((line) => line.startsWith('  send '))
    expect(sends).toHaveLength(31)
    for (const line of sends) expect(line).toMatch(/to 0x[0-9a-f]{40}, \d+ gas.*, [\d.]+ ETH/)
    expect(lines).toContainEqual(
      expect.stringMatching(/^31 transactions, \d+ gas, [\d.]+ ETH .* has 10000 ETH$/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}optimismPortal 0x[0-9a-f]{40}$/))
    expect(lines.at(-1)).toBe('a dry run: nothing was sent, nothing was written')
    expect(await nonce()).toBe(0)
    expect([existsSync(settings().state), existsSync(settings().deployment)]).toEqual([false, false])
  }, 120_000)

  test("the private store's contracts are deployed where they are asked for", async () => {
    const keyRoot = `0x${'01'.repeat(32)}`
    const lines = await run({ dryRun: true, deployer, da: 'private', vault: true, keyRoot }, '')
    expect(lines.filter((line) => line.startsWith('  send '))).toHaveLength(35)
    for (const name of ['committeeRegistry', 'privateDa', 'availabilityChallenge'])
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^ {2}${name} 0x[0-9a-f]{40}$`)))
  }, 120_000)

  test("the verifier network's contracts are deployed where they are asked for", async () => {
    const without = await run({ dryRun: true, deployer }, '')
    const lines = await run({ dryRun: true, deployer, network: true }, '')
    const sends = (all: string[]) => all.filter((line) => line.startsWith('  send ')).length
    // A proxy, what stands behind it, and the contracts of fast exits, drills, draws and fees.
    expect(sends(lines)).toBe(sends(without) + 6)
    for (const name of ['stakeRegistry', 'fastExits', 'drills', 'diligence', 'feeSplitter'])
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^ {2}${name} 0x[0-9a-f]{40}$`)))
  }, 120_000)

  test.each([
    [{ l1ChainId: 1 }, 'Expected chain id 1, got 31337.'],
    [{ l2ChainId: 31_337 }, 'Invalid l2ChainId: expected another than that of L1'],
    [{ timelockDelay: 40 }, 'Invalid timelockDelay: expected more than the exit window of '],
    [{ assertionBond: '1' }, 'Invalid assertionBond: expected 58250000000000000 to'],
    [{ deployer: at(7) }, 'Invalid deployer: expected the account of the key'],
    [{ guardain: at(7) }, 'Did you mean "guardian"?'],
    [{ keyRoot: `0x${'01'.repeat(32)}` }, 'Invalid vault: expected true with keyRoot'],
    [{ da: 'private', vault: true }, 'Invalid keyRoot: expected the root of the keys'],
    [{ vault: true, keyRoot: '0x00' }, 'Invalid vault.keyRoot: expected 32 bytes other than zero'],
    [{ batcher: '0x12' }, 'batcher (chain.config.json): expected an address'],
  ])('%j is refused', async (over, message) => {
    await expect(run(over)).rejects.toThrow(message)
    expect(await nonce()).toBe(0)
  })

  test('a key that is missing, and an account without funds, are refused with what is needed', async () => {
    await expect(run({}, '')).rejects.toThrow('ANIMECHAIN_DEPLOYER_KEY_FILE')
    await expect(run({}, `0x${'17'.repeat(32)}`)).rejects.toThrow(
      /has not enough ether on L1[\s\S]*Expected [\d.]+ ETH .*, got 0 ETH/,
    )
  })

  test('an L1 before Cancun is refused, by what it lacks', async () => {
    const old = await anvil({ hardfork: 'shanghai' })
    try {
      await expect(run({ l1RpcUrl: old.url, dryRun: true })).rejects.toThrow(
        'the Cancun fork: expected its opcodes in eth_call',
      )
    } finally {
      await old.stop()
    }
  }, 60_000)
})

describe('a deployment', () => {
  const config = join(folder, 'chain.config.json')

  test('that is killed again and again goes on, deploys nothing twice, and ends verified', async () => {
    // Several transactions to a block would hide what happens between one and the next.
    await l1.request('evm_setIntervalMining', [0])
    await l1.request('evm_setAutomine', [true])
    writeFileSync(config, JSON.stringify({ ...settings(), wait: 'confirmations', confirmations: 1 }))
    let sentBefore = 0
    for (const killAt of [1, 4, 7]) {
      const { code, output } = await start(config, killAt)
      expect({ code, output }).toEqual({
        code: null,
        output: expect.stringContaining('transactions to send'),
      })
      const state = JSON.parse(readFileSync(settings().state, 'utf8'))
      const done = Object.values(state.steps as Record<string, { done: boolean }>).filter((s) => s.done)
      expect(done.length).toBeGreaterThanOrEqual(sentBefore)
      sentBefore += killAt - 1
    }
    // With a transaction in the mempool and no block that takes it.
    await l1.request('evm_setAutomine', [false])
    await start(config, 1)
    const waiting = start(config)
    setTimeout(() => void l1.request('evm_setAutomine', [true]).then(() => l1.request('evm_mine', [])), 2_000)
    const { code, output } = await waiting
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/verified: \d+ facts/) })
    expect(await nonce()).toBe(31)
  }, 300_000)

  test('wrote the file that the other programs take', async () => {
    const { addresses, rollup, l1: chain } = readDeployment(settings().deployment)
    expect([rollup.chainId, chain.id]).toEqual([420_042n, 31_337])
    // The endpoint may hold a key.
    expect(readFileSync(settings().deployment, 'utf8')).not.toContain(l1.url)
    const timestamp = await client().readContract({
      address: addresses.inbox,
      abi: inboxAbi,
      functionName: 'genesisTimestamp',
    })
    expect(timestamp).toBe(rollup.genesis.timestamp)
    const logs = await client().getLogs({ address: addresses.inbox, fromBlock: rollup.l1StartBlock })
    expect(logs[0]!.blockNumber).toBe(rollup.l1StartBlock)
  })

  test('that is complete is verified again, and nothing is sent', async () => {
    const file = readFileSync(settings().deployment, 'utf8')
    const over = { wait: 'confirmations', confirmations: 1 }
    expect(await run(over)).toContain('everything stands already')
    // Also without its record.
    expect(await run({ ...over, state: join(folder, 'no-state.json') })).toContain(
      'everything stands already',
    )
    expect(readFileSync(settings().deployment, 'utf8')).toBe(file)
    expect(await nonce()).toBe(31)
  }, 120_000)

  test.each([
    ['another configuration', () => run({ finalityDelay: 1 }), 'of another configuration'],
    [
      'another L1 with the same chain id',
      () => run({ state: changed((state) => (state.l1GenesisHash = `0x${'12'.repeat(32)}`)) }),
      'of another L1 with the same chain id',
    ],
    [
      'other contract code',
      () => run({ state: changed((state) => (state.steps.inbox.address = at(9).toLowerCase())) }),
      'of another version of the contracts (inbox)',
    ],
    ['another deploying account', () => run({}, testPrivateKey(8)), 'of another deploying account'],
  ])('whose record is of %s is refused', async (_name, running, message) => {
    await expect(running()).rejects.toThrow(message)
    expect(await nonce()).toBe(31)
  })

  test('that somebody changed since is named', async () => {
    const { addresses } = readDeployment(settings().deployment)
    await l1.request('anvil_setCode', [addresses.calldataDa, '0x00'])
    await expect(run({ wait: 'confirmations', confirmations: 1 })).rejects.toThrow(
      'code of calldataDa: expected as compiled, got other code',
    )
  })
})

// eslint-disable-next-line @typescript-eslint/no-explicit-any
function changed(change: (state: any) => void): string {
  const state = JSON.parse(readFileSync(settings().state, 'utf8'))
  change(state)
  const path = join(folder, `changed-${Math.abs(JSON.stringify(state).length)}.json`)
  writeFileSync(path, JSON.stringify(state))
  return path
}

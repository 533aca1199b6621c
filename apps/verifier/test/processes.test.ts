import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { drillsAbi } from '@animechain/contracts'
import { silentLogger, type Address } from '@animechain/core'
import { drillReads, remoteSigner } from '@animechain/network-verifier'
import { prometheusMetrics } from '@animechain/observability'
import { eventually, freePort, testAccount, testPrivateKey } from '@animechain/testing'
import { runDrillCommand } from '../src/drill/commands.js'
import { readDrillFile, writeDrillFile } from '../src/drill/file.js'
import { config, drillConfig, start, watchConfig, watchOnce } from '../src/index.js'
import { gasPaid, l1World, later, times, type L1World } from './l1World.js'
import { program, type Program } from './program.js'

const long = { timeoutMs: 120_000 }
const word = (byte: string) => `0x${byte.repeat(32)}` as const
const maker = { key: testPrivateKey(10), address: testAccount(10).address }
const asserter = { key: testPrivateKey(11), address: testAccount(11).address }
const claimer = { key: testPrivateKey(12), address: testAccount(12).address }
const member = testPrivateKey(13)
const receiver: Address = '0x00000000000000000000000000000000000b0b00'
const burnt: Address = '0x000000000000000000000000000000000000dEaD'

let world: L1World
const running: Program[] = []
const begin = (...argv: string[]): Program => {
  const started = program(...argv)
  running.push(started)
  return started
}
beforeAll(async () => {
  world = await l1World()
}, 240_000)
afterAll(async () => {
  await Promise.all(running.map((each) => each.end('SIGKILL')))
  await world?.close()
}, 60_000)

describe('a remote signer', () => {
  const token = 'at least 32 characters that nobody guesses'
  const account = testAccount(14)
  const attestation = {
    game: '0x00000000000000000000000000000000000000b2',
    ...{ batchIndex: 7n, batchAcc: word('ac'), l2BlockNumber: 70n, outputRoot: word('01') },
    ...{ blocksRoot: word('02'), epoch: 3n },
  } as const

  test('signs each batch once, over a kill; says in its health what it signed, and ends in order', async () => {
    const [port, health] = [await freePort(), await freePort()]
    const flags = [
      ...world.flags,
      ...['--data-dir', join(world.folder, 'signer'), '--attester-key', testPrivateKey(14)],
      ...['--signer-token', token, '--signer-port', `${port}`, '--metrics-port', `${health}`],
    ]
    const ready = async () => {
      const answer = await fetch(`http://127.0.0.1:${health}/readyz`)
      const { ready: isReady, details } = (await answer.json()) as { ready: boolean; details: object }
      return isReady && details
    }
    const domain = { chainId: 31_337, registry: world.deployment.addresses.stakeRegistry! }
    const at = { url: `http://127.0.0.1:${port}`, address: account.address, domain }
    const first = begin('sign', ...flags)
    expect(await eventually('the signer', ready, long)).toMatchObject({ key: account.address, signed: 1 })
    const signed = await remoteSigner({ ...at, token }).attest(attestation)
    expect(signed.message).toMatchObject({ outputRoot: attestation.outputRoot })
    await first.end('SIGKILL')

    const second = begin('sign', ...flags)
    expect(await eventually('the signer again', ready, long)).toMatchObject({ signed: 2 })
    const again = remoteSigner({ ...at, token })
    expect(await again.attest({ ...attestation, epoch: 4n })).toEqual(signed)
    await expect(again.attest({ ...attestation, outputRoot: word('03') })).rejects.toMatchObject({
      code: 'NETWORK_SIGNED_OTHER',
    })
    const stranger = remoteSigner({ ...at, token: `${token}, but wrong` })
    await expect(stranger.attest(attestation)).rejects.toMatchObject({ code: 'NETWORK_SIGNER_UNREACHABLE' })
    expect(await second.end()).toBe(0)
    const { out, err } = second.output()
    expect(out).toContain('attestations are signed')
    // Neither secret is in the log, which begins with all settings.
    for (const secret of [token, testPrivateKey(14).slice(2)]) expect(out + err).not.toContain(secret)
  }, 240_000)
})

/** What a command of a drill says to programs, as far as the test reads it. */
interface Told {
  fee: string
  until: string
  game: Address
}

/** Runs a command of a drill as the program does; resolves to its JSON. */
async function drill(file: string, ...argv: string[]): Promise<Told> {
  const flags = ['--drill-file', join(world.folder, file), '--json', ...world.flags]
  const loaded = drillConfig.load({ argv: [...argv, ...flags], env: {} })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  const lines: string[] = []
  await runDrillCommand(loaded.positionals, loaded.values, (line) => lines.push(line))
  return JSON.parse(lines.join('\n')) as Told
}
const byMaker = ['--maker-key', maker.key]
const byAsserter = ['--asserter-key', asserter.key]
const claimFlags = () => [
  ...world.flags,
  ...['--data-dir', join(world.folder, 'watch'), '--metrics-port', '0', '--execution', 'ethereumjs'],
  ...['--claim', '--duty-key', claimer.key, '--claim-to', receiver, '--poll-interval', '100'],
]
/** A run of `watch --once --claim`. */
async function watchedOnce(): Promise<string[]> {
  const loaded = watchConfig.load({
    argv: [...claimFlags(), '--once', '--log-level', 'silent'],
    env: {},
  })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  const lines: string[] = []
  // Nobody listens to its gossip.
  expect(await watchOnce(loaded.values, (line) => lines.push(line))).toBe(4)
  return lines
}
const balance = (address: Address) => world.client.getBalance({ address })

describe('a drill', () => {
  const drills = () => world.deployment.addresses.drills!
  const alarms = () =>
    world.client.readContract({ address: drills(), abi: drillsAbi, functionName: 'alarms' })

  test('goes from its commitment over the alarm of a watcher without stake to its bounty, to the wei', async () => {
    const { client, settlement } = world
    const since = await client.getBlockNumber()
    const accounts = [maker, asserter, claimer].map(({ address }) => address)
    const before = await Promise.all(accounts.map(balance))
    const onL1 = drillReads(client, drills())
    const bounty = await onL1.leastBounty()
    const fees: bigint[] = []
    const paid = (result: Told): Told => {
      fees.push(BigInt(result.fee))
      return result
    }
    for (const batchIndex of [0n, 1n]) await world.assertRight(batchIndex)
    // They stood as long as it takes: what comes now cannot win, and needs no dispute.
    await later(world, times.challengePeriod + 1)

    // One whose alarm comes too late: its bounty goes back. And one that nobody reveals, whose maker crashed between the file and L1.
    await expect(drill('early', 'reveal', ...byMaker)).rejects.toMatchObject({ code: 'VERIFIER_DRILL_FILE' })
    paid(await drill('early', 'commit', '--batch', '1', ...byMaker))
    await later(world)
    await expect(drill('early', 'reveal', ...byMaker)).rejects.toMatchObject({ code: 'VERIFIER_DRILL' })
    paid(await drill('early', 'assert', ...byAsserter))
    await later(world)
    paid(await drill('early', 'reveal', ...byMaker))
    const left = { ...(await readDrillFile(join(world.folder, 'early')))!, salt: word('5a') }
    await writeDrillFile(join(world.folder, 'crashed'), left)
    const other = drill('crashed', 'commit', '--batch', '0', ...byMaker)
    await expect(other).rejects.toMatchObject({ code: 'VERIFIER_DRILL' })
    expect(paid(await drill('crashed', 'commit', ...byMaker))).toMatchObject({ outputRoot: left.outputRoot })

    // As people run it.
    const file = join(world.folder, 'drill')
    const commit = () =>
      begin('drill', 'commit', '--batch', '1', '--drill-file', file, ...byMaker, ...world.flags)
    const committing = commit()
    expect([await committing.ended, committing.output().err]).toEqual([0, ''])
    const { out } = committing.output()
    expect(out).toMatch(
      /^Commits to a drill about batch 1, .*\nIt costs a bounty of 0\.1 ETH: .*\nFees: about 0\.\d+ ETH/,
    )
    const secret = (await readDrillFile(file))!
    expect(out).not.toContain(secret.salt.slice(2))
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    const text = readFileSync(file, 'utf8')
    const again = commit()

    await later(world)
    const { game } = paid(await drill('drill', 'assert', ...byAsserter))
    expect(await drill('drill', 'status')).toMatchObject({ stage: 'committed', game, bounty: `${bounty}` })
    expect(await again.ended).toBe(1)
    expect(again.output().err).toContain('is committed to already')
    expect(readFileSync(file, 'utf8')).toBe(text)
    await later(world)

    // A watcher, which is killed once it has committed.
    const watch = begin('watch', ...claimFlags())
    await eventually('the alarm of the watcher', async () => (await alarms()) === 1n, long)
    await watch.end('SIGKILL')
    // A member, whose node finds it by itself: it gossips with nobody, and L1 has finalised nothing.
    const loaded = config.load({
      argv: [
        ...world.flags,
        ...['--data-dir', join(world.folder, 'member'), '--storage', 'file', '--execution', 'ethereumjs'],
        ...['--attester-key', member, '--gossip-http-port', '0', '--rpc-port', '0', '--poll-interval', '100'],
      ],
      env: {},
    })
    if (loaded.status !== 'ok') throw new Error(loaded.text)
    const context = { values: loaded.values, logger: silentLogger, fail() {} }
    const node = await start({ ...context, metrics: prometheusMetrics({ process: false }) })
    await eventually('the alarm of the member', async () => (await alarms()) === 2n, long)
    await node.stop()
    expect(await settlement.assertionCount({ at: 'finalized' })).toBe(0n)

    await later(world)
    await expect(drill('drill', 'decide', ...byMaker)).rejects.toMatchObject({ code: 'VERIFIER_DRILL' })
    const stranger = drill('drill', 'reveal', '--maker-key', asserter.key)
    await expect(stranger).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(paid(await drill('drill', 'reveal', ...byMaker))).toMatchObject({ stage: 'revealed', game })
    await expect(drill('drill', 'decide', ...byMaker)).rejects.toThrow('accepted no root for batch 1')
    for (const { id, status } of await settlement.getAssertions(0n, 2)) {
      expect(status).not.toBe('rejected')
      expect(await settlement.resolve(id)).toMatchObject({ status: 'ok' })
    }
    await later(world)
    for (const name of ['early', 'drill'])
      expect(paid(await drill(name, 'decide', ...byMaker))).toMatchObject({ stage: 'decided' })
    await expect(drill('drill', 'close', ...byMaker)).rejects.toThrow('cannot be closed yet')
    expect((await watchedOnce()).at(-2)).toBe(`alarms on L1 of ${claimer.address}: 1 open, 1 late`)
    expect(await onL1.drillOfGame(game)).toMatchObject({ best: 1n, winner: claimer.address, bounty })

    await later(world, times.revealTime + 1)
    const closed = paid(await drill('drill', 'close', ...byMaker))
    expect(closed).toMatchObject({ stage: 'paid', winner: claimer.address, bounty: `${bounty}` })
    expect(paid(await drill('early', 'close', ...byMaker))).toMatchObject({
      stage: 'returned',
      paidTo: maker.address,
    })
    await watchedOnce()
    expect(await onL1.credit(claimer.address)).toBe(0n)
    await expect(drill('crashed', 'expire', ...byMaker)).rejects.toThrow('Expected a time after')
    const { until } = await drill('crashed', 'status')
    await later(world, Number(BigInt(until) - (await client.getBlock()).timestamp) + 1)
    expect(paid(await drill('crashed', 'expire', ...byMaker))).toMatchObject({ stage: 'burned' })

    const gas = await Promise.all(accounts.map((account) => gasPaid(world, account, since)))
    const [ofMaker, ofAsserter, ofClaimer] = await Promise.all(accounts.map(balance))
    const bond = 10n ** 17n
    // Of three bounties one came back; two bonds are lost.
    expect(ofMaker).toBe(before[0]! - 2n * bounty - gas[0]!)
    expect(ofAsserter).toBe(before[1]! - 2n * bond - gas[1]!)
    expect(ofClaimer).toBe(before[2]! - gas[2]!)
    expect([await balance(receiver), await balance(burnt), await balance(drills())]).toEqual([
      bounty,
      bounty,
      0n,
    ])
    // All that the commands said, but for the one that was printed for people.
    const said = /ETH of bounty, (0\.\d+) ETH of fees/.exec(out)![1]!
    const [, decimals] = said.split('.')
    const first = BigInt(decimals!.padEnd(18, '0'))
    expect(fees.reduce((sum, fee) => sum + fee, first)).toBe(gas[0]! + gas[1]!)
  }, 480_000)
})

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidInputError, silentLogger } from '@animechain/core'
import { blockTimeSetting, writeDeployment } from '@animechain/stack'
import { checkKept, checkSameChain, emptyDirectory, takeDirectory, type Kept } from './directory.js'
import { environmentsOf } from './environments.js'
import { deploy, startL1 } from './l1.js'
import { vaultNames, type Devnet, type DevnetOptions, type VaultName } from './options.js'
import { takePorts } from './ports.js'
import { programs, type Programs } from './programs.js'
import { formCommittee, writeCommittee } from './vault/committee.js'
import { members as committeeMembers } from './vault/members.js'

/**
 * Starts a whole rollup on this machine: a real L1, the contracts, sequencer with batcher and proposer, verifier and bridge, each in a
 * process of its own, all on loopback. A directory that was used before is resumed.
 *
 * @throws {BaseError} `DEVNET_PORT`, `DEVNET_DIRECTORY`, `DEVNET_PROGRAM`, or what the deployment throws; everything started is stopped again.
 */
export async function devnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { blockTime = blockTimeSetting.default } = options
  const expected = blockTimeSetting.check(blockTime)
  if (expected !== undefined) throw new InvalidInputError('blockTime', expected, blockTime)
  const { directory, release } = takeDirectory(options.directory ?? '.devnet')
  const runningFile = join(directory, 'running.json')
  const started: Started = {}
  let stopped: Promise<void> | undefined
  const stop = () =>
    (stopped ??= (async () => {
      await started.programs?.endAll()
      await started.l1?.stop()
      rmSync(runningFile, { force: true })
      release()
    })())
  try {
    if (options.reset) emptyDirectory(directory)
    const running = await start(options, directory, started)
    // For tools that want to find it, the tour among them.
    writeFileSync(
      runningFile,
      JSON.stringify({
        pid: process.pid,
        sequencerPid: running.programs.sequencer?.pid,
        l1Url: running.l1Url,
        l2Url: running.l2Url,
        verifierUrl: running.verifierUrl,
      }),
    )
    return { ...running, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What runs so far, for whoever stops it. */
interface Started {
  l1?: { stop(): Promise<void> }
  programs?: Programs
}

async function start(
  asked: DevnetOptions,
  directory: string,
  started: Started,
): Promise<Omit<Devnet, 'stop'>> {
  // Confidential batches are kept by the store's committee.
  const options = { ...asked, vault: asked.vault ?? asked.da === 'private' }
  const phase = options.onPhase ?? (() => {})
  const chainFile = join(directory, 'chain.json')
  let onDeath: (name: string) => void = () => {}
  const failed = new Promise<string>((resolve) => (onDeath = resolve))
  const kept: Kept = {
    version: 1,
    productionDelays: options.productionDelays ?? false,
    l1BlockTime: options.l1BlockTime ?? 1,
    vault: options.vault,
  }
  checkKept(directory, kept)
  const ports = await takePorts(options)

  phase('Starting L1')
  const chain = await startL1({
    directory,
    port: ports.l1,
    blockTime: kept.l1BlockTime,
    onDeath: () => onDeath('L1 (anvil)'),
  })
  started.l1 = chain
  const { l1 } = chain
  const members = options.vault ? await committeeMembers() : []
  const committeeFile = join(directory, 'committee.json')
  const where = { directory, chainFile, committeeFile, l1Url: l1.url, ports, members }
  const settings = environmentsOf(options, where)
  const run = programs({ directory, settings, logger: options.logger ?? silentLogger, onDeath })
  started.programs = run
  // It takes as long to load as L1 to make the blocks of the deployment.
  run.load('sequencer')

  phase('Deploying the contracts')
  const deployment = await deploy(l1, options, { directory, l2Port: ports.l2 })
  checkSameChain(chainFile, deployment)
  writeDeployment(chainFile, deployment)

  const urls = Object.fromEntries(vaultNames.map((name) => [name, settings[name].url])) as Record<
    VaultName,
    string
  >
  if (options.vault) {
    phase('Forming the committee of the private store')
    const epoch = await formCommittee({ l1Url: l1.url, deployment, members, urls })
    writeCommittee(committeeFile, { deployment, members, urls, epoch })
    await Promise.all(vaultNames.map((name) => run.begin(name)))
  }

  phase('Starting the sequencer')
  await run.begin('sequencer')
  const others = (['verifier', 'bridge'] as const).filter((name) => options[name] !== false)
  if (others.length > 0) {
    phase(`Starting the ${others.join(' and the ')}`)
    await Promise.all(others.map((name) => run.begin(name)))
  }
  phase('Running')
  return {
    directory,
    chainFile,
    l1Url: l1.url,
    l2Url: settings.sequencer.url,
    l2WsUrl: settings.sequencer.url.replace(/^http/, 'ws'),
    ...(options.verifier === false ? {} : { verifierUrl: settings.verifier.url }),
    ...(options.bridge === false ? {} : { bridgeUrl: settings.bridge.url }),
    ...(options.vault ? { vaultUrls: vaultNames.map((name) => settings[name].url), committeeFile } : {}),
    metricsUrls: Object.fromEntries(
      Object.entries(settings)
        .filter(([name]) => options.vault || !vaultNames.includes(name as VaultName))
        .map(([name, { metricsUrl }]) => [name, metricsUrl]),
    ),
    deployment,
    l1,
    programs: run.running,
    startProgram: run.begin,
    stopProgram: run.end,
    failed,
  }
}

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidInputError, silentLogger } from '@animechain/core'
import { blockTimeSetting, writeDeployment } from '@animechain/stack'
import { startDaServers } from './da/servers.js'
import { devnetDaWords, needsAltDa, refusedDaWords } from './da/words.js'
import { joinNetwork } from './network/join.js'
import { networkMembers, networkSize, type NetworkPlace } from './network/members.js'
import { networkPlaces } from './network/places.js'
import { checkKept, checkSameChain, emptyDirectory, takeDirectory } from './directory.js'
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
  if (options.da !== undefined && !devnetDaWords.includes(options.da))
    throw new InvalidInputError('da', daExpected(options.da), options.da)
  const { directory, release } = takeDirectory(options.directory ?? '.devnet')
  const runningFile = join(directory, 'running.json')
  const started: Started = {}
  let stopped: Promise<void> | undefined
  const stop = () =>
    (stopped ??= (async () => {
      await started.programs?.endAll()
      await started.daServers?.stop()
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

/** The words of `da`, and why another word is none where that is known. */
function daExpected(word: string): string {
  const words = `one of ${devnetDaWords.join(', ')}`
  const why = (refusedDaWords as Record<string, string>)[word]
  return why === undefined ? words : `${words} (${why})`
}

/** What runs so far, for whoever stops it. */
interface Started {
  daServers?: { stop(): Promise<void> }
  l1?: { stop(): Promise<void> }
  programs?: Programs
}

async function startCommittee(
  run: Programs,
  settings: ReturnType<typeof environmentsOf>,
  { committeeFile, ...where }: Omit<Parameters<typeof formCommittee>[0], 'urls'> & { committeeFile: string },
): Promise<void> {
  const urls = Object.fromEntries(vaultNames.map((name) => [name, settings[name].url])) as Record<
    VaultName,
    string
  >
  const epoch = await formCommittee({ ...where, urls })
  writeCommittee(committeeFile, { ...where, urls, epoch })
  await Promise.all(vaultNames.map((name) => run.begin(name)))
}

/** Verifiers that load at the same time. Loading is work, which more of them at once would only make late. */
const BEGUN_AT_ONCE = 3

/** Starts the sequencer, then what follows it. */
async function beginPrograms(
  run: Programs,
  options: DevnetOptions,
  verifiers: readonly NetworkPlace[],
): Promise<void> {
  const phase = options.onPhase ?? (() => {})
  phase('Starting the sequencer')
  await run.begin('sequencer')
  const others = (['verifier', 'bridge'] as const).filter((name) => options[name] !== false)
  if (others.length > 0) {
    phase(`Starting the ${others.join(' and the ')}`)
    await Promise.all(others.map((name) => run.begin(name)))
  }
  const [, ...further] = verifiers
  if (further.length === 0) return
  phase('Starting the other verifiers of the network')
  for (let begun = 0; begun < further.length; begun += BEGUN_AT_ONCE)
    await Promise.all(further.slice(begun, begun + BEGUN_AT_ONCE).map(({ name }) => run.begin(name)))
}

/** Where the programs that run are asked. */
function placesOf(
  options: DevnetOptions,
  settings: ReturnType<typeof environmentsOf>,
): Pick<Devnet, 'l2Url' | 'l2WsUrl' | 'verifierUrl' | 'bridgeUrl' | 'vaultUrls' | 'metricsUrls'> {
  return {
    l2Url: settings.sequencer.url,
    l2WsUrl: settings.sequencer.url.replace(/^http/, 'ws'),
    ...(options.verifier === false ? {} : { verifierUrl: settings.verifier.url }),
    ...(options.bridge === false ? {} : { bridgeUrl: settings.bridge.url }),
    ...(options.vault ? { vaultUrls: vaultNames.map((name) => settings[name].url) } : {}),
    metricsUrls: Object.fromEntries(
      Object.entries(settings)
        .filter(([name]) => options.vault || !vaultNames.includes(name as VaultName))
        .map(([name, { metricsUrl }]) => [name, metricsUrl]),
    ),
  }
}

async function start(
  asked: DevnetOptions,
  directory: string,
  started: Started,
): Promise<Omit<Devnet, 'stop'>> {
  // Confidential batches are kept by the store's committee.
  const vault = asked.vault ?? asked.da === 'private'
  const phase = asked.onPhase ?? (() => {})
  const chainFile = join(directory, 'chain.json')
  let onDeath: (name: string) => void = () => {}
  const failed = new Promise<string>((resolve) => (onDeath = resolve))
  const kept = checkKept(directory, {
    version: 1,
    productionDelays: asked.productionDelays ?? false,
    l1BlockTime: asked.l1BlockTime ?? 1,
    vault,
    altDa: needsAltDa(asked.da),
    verifiers: asked.network ? (asked.networkVerifiers ?? networkSize.default) : 0,
  })
  const verifiers = kept.verifiers ?? 0
  const options = { ...asked, vault, altDa: kept.altDa ?? false, verifiers }
  const ports = await takePorts(options)

  phase('Starting L1')
  const chain = await startL1({
    directory,
    port: ports.l1,
    blockTime: kept.l1BlockTime,
    verifiers,
    onDeath: () => onDeath('L1 (anvil)'),
  })
  started.l1 = chain
  const { l1 } = chain
  const members = options.vault ? await committeeMembers() : []
  const committeeFile = join(directory, 'committee.json')
  const daServers = options.altDa ? await startDaServers({ directory, ports: ports.da }) : undefined
  started.daServers = daServers
  const daEnv = daServers?.env ?? {}
  const network = await networkPlaces(directory, verifiers > 0 ? networkMembers(verifiers) : [], ports)
  const where = { directory, chainFile, committeeFile, l1Url: l1.url, ports, members, daEnv, network }
  const settings = environmentsOf(options, where)
  const run = programs({ directory, settings, logger: options.logger ?? silentLogger, onDeath })
  started.programs = run
  // It takes as long to load as L1 to make the blocks of the deployment.
  run.load('sequencer')

  phase('Deploying the contracts')
  const deployment = await deploy(l1, options, { directory, l2Port: ports.l2 })
  checkSameChain(chainFile, deployment)
  writeDeployment(chainFile, deployment)

  if (options.vault) {
    phase('Forming the committee of the private store')
    await startCommittee(run, settings, { l1Url: l1.url, deployment, members, committeeFile })
  }

  if (verifiers > 0) {
    phase('Staking for the verifiers of the network')
    const endpoints = network.verifiers.map(({ peer }) => peer)
    await joinNetwork({ l1Url: l1.url, deployment, members: network.verifiers, endpoints })
  }

  await beginPrograms(run, options, network.verifiers)
  phase('Running')
  return {
    directory,
    chainFile,
    l1Url: l1.url,
    ...placesOf(options, settings),
    ...(daServers ? { altDaUrl: daServers.altDaUrl, s3Url: daServers.s3Url } : {}),
    ...(verifiers > 0 ? { network: network.verifiers } : {}),
    ...(options.vault ? { committeeFile } : {}),
    deployment,
    l1,
    programs: run.running,
    startProgram: run.begin,
    stopProgram: run.end,
    failed,
  }
}

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  deployL1,
  devnetDefaults,
  genesis,
  productionDefaults,
  viemChains,
  type DeployStep,
  type L1Config,
} from '@animechain/contracts'
import { BaseError, InvalidInputError, silentLogger, type Logger } from '@animechain/core'
import {
  blockTimeSetting,
  defaultExecution,
  genesisOutput,
  readDeployment,
  writeDeployment,
  type DaWord,
  type Deployment,
  type ExecutionWord,
} from '@animechain/stack'
import { anvil, type Anvil } from '@animechain/testing'
import { createPublicClient, createWalletClient, http, numberToHex, parseEther, type Address } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { answering, cliPath, heldModule, startProgram, type Program } from './processes.js'
import { refuseSharedPorts, takePort } from './ports.js'
import { fundedAccounts, roles, users } from './roles.js'

/** How containers call the machine that they run on. Resolvers elsewhere know no such name, so no page can be served from it. */
export const devnetRpcHosts = ['host.docker.internal', 'gateway.docker.internal'] as const

/** 26463 spells ANIME on a telephone's keys. */
export const devnetChainId = 26_463

/** What a devnet is made of. Without any: the ports of the README, blobs, the wasm engine, periods of seconds. */
export interface DevnetOptions {
  /** Keeps everything between starts; default `.devnet` */
  directory?: string
  /** Throws away what the directory holds. */
  reset?: boolean
  /** 0 takes a free one; default 8545 */
  l1Port?: number
  /** HTTP and WebSocket; 0 takes a free one; default 9545 */
  l2Port?: number
  /** bridge HTTP API; 0 takes a free one; default 9560 */
  bridgePort?: number
  /** verifier's JSON-RPC; 0 takes a free one; default 9546 */
  verifierPort?: number
  /** health and metrics of sequencer, verifier and bridge: three ports from here on; 0 takes free ones; default 9571 */
  metricsPort?: number
  /** seconds between L1 blocks; default 1 */
  l1BlockTime?: number
  /** milliseconds between L2 blocks; default 1,000, and at least that */
  blockTime?: number
  /** Host names besides localhost under which L2 and the verifier may be called; default: those by which containers call the machine that they run on */
  rpcHosts?: readonly string[]
  da?: Exclude<DaWord, 'memory'>
  execution?: ExecutionWord
  /** The verifier executes every block on the other engine too, and ends at the first difference. */
  shadow?: boolean
  /** Seven days to challenge and so on, instead of seconds. */
  productionDelays?: boolean
  /** Further changes of the L1 configuration. */
  l1Config?: Partial<Omit<L1Config, 'l2ChainId' | 'roles'>>
  /** Programs to start besides L1 and the sequencer; default both. */
  verifier?: boolean
  bridge?: boolean
  /** seconds that the bridge leaves each step of a withdrawal, proving and finalising, to its owner; default 60 */
  bridgeGrace?: number
  /** seconds after which a batch is posted however small; default 4 */
  maxBatchAge?: number
  /** seconds for a batch that nobody waits for; default 15. Every blob stays in anvil's memory and in its file. */
  maxIdleBatchAge?: number
  /** Further settings of the sequencer, as environment. */
  sequencerEnv?: Record<string, string>
  /** Further settings of the verifier, as environment. */
  verifierEnv?: Record<string, string>
  logger?: Logger
  onStep?: (step: DeployStep) => void
  onPhase?: (phase: string) => void
}

/** A running devnet: an L1, and the programs of a rollup on it as processes, with the addresses at which they serve. */
export interface Devnet {
  directory: string
  chainFile: string
  l1Url: string
  l2Url: string
  l2WsUrl: string
  verifierUrl?: string
  bridgeUrl?: string
  metricsUrls: Partial<Record<'sequencer' | 'verifier' | 'bridge', string>>
  deployment: Deployment
  l1: Anvil
  programs: { readonly sequencer?: Program; readonly verifier?: Program; readonly bridge?: Program }
  /** Stops one program and leaves the others running. */
  stopProgram(name: ProgramName): Promise<void>
  /** Starts it again, with further settings as environment. */
  startProgram(name: ProgramName, env?: Record<string, string>): Promise<void>
  /** Stops everything. Idempotent. */
  stop(): Promise<void>
  /** Resolves when a program ended that nobody stopped, with its name. */
  failed: Promise<string>
}

/** Programs of a devnet that can be stopped and started one by one. */
export type ProgramName = 'sequencer' | 'verifier' | 'bridge'

/** What the directory must agree with to be resumed. */
interface Kept {
  version: 1
  productionDelays: boolean
  l1BlockTime: number
}

/**
 * Starts a whole rollup on this machine: a real L1, the contracts, sequencer with batcher and proposer, verifier and bridge, each in a
 * process of its own, all on loopback. A directory that was used before is resumed.
 *
 * @throws {BaseError} `DEVNET_PORT`, `DEVNET_DIRECTORY`, `DEVNET_PROGRAM`, or what the deployment throws; everything started is stopped again.
 */
export async function devnet(options: DevnetOptions = {}): Promise<Devnet> {
  const logger = options.logger ?? silentLogger
  const phase = options.onPhase ?? (() => {})
  const { blockTime = blockTimeSetting.default } = options
  const expected = blockTimeSetting.check(blockTime)
  if (expected !== undefined) throw new InvalidInputError('blockTime', expected, blockTime)
  const directory = resolve(options.directory ?? '.devnet')
  try {
    mkdirSync(directory, { recursive: true })
  } catch (cause) {
    throw unusable(directory, cause)
  }
  const unlock = lockDirectory(directory)
  const chainFile = join(directory, 'chain.json')
  const logFile = (name: string) => join(directory, 'logs', `${name}.log`)
  const running: Partial<Record<ProgramName, Program>> = {}
  const stopping = new Set<string>()
  let l1: Anvil | undefined
  let reportFailure: (name: string) => void = () => {}
  const failed = new Promise<string>((resolve) => (reportFailure = resolve))

  let stopped: Promise<void> | undefined
  const stop = () =>
    (stopped ??= (async () => {
      for (const name of ['bridge', 'verifier', 'sequencer'] as const) {
        stopping.add(name)
        await running[name]?.stop()
      }
      stopping.add('l1')
      await l1?.stop()
      rmSync(join(directory, 'running.json'), { force: true })
      unlock()
    })())

  try {
    // Behind the lock: what another devnet works on is not to be removed under it.
    if (options.reset)
      for (const name of readdirSync(directory))
        if (name !== LOCK) rmSync(join(directory, name), { recursive: true, force: true })
    const kept: Kept = {
      version: 1,
      productionDelays: options.productionDelays ?? false,
      l1BlockTime: options.l1BlockTime ?? 1,
    }
    checkKept(directory, kept)
    const wanted = {
      l1: options.l1Port ?? 8545,
      l2: options.l2Port ?? 9545,
      verifier: options.verifier === false ? 0 : (options.verifierPort ?? 9546),
      bridge: options.bridge === false ? 0 : (options.bridgePort ?? 9560),
    }
    const metricsBase = options.metricsPort ?? 9571
    refuseSharedPorts([
      ['--l1-port', wanted.l1],
      ['--l2-port', wanted.l2],
      ['--verifier-port', wanted.verifier],
      ['--bridge-port', wanted.bridge],
      ['--metrics-port', metricsBase],
      ...[1, 2].map((offset) => ['--metrics-port', metricsBase && metricsBase + offset] as const),
    ])
    const l1Port = await takePort(wanted.l1, '--l1-port')
    const l2Port = await takePort(wanted.l2, '--l2-port')
    const verifierPort = options.verifier === false ? 0 : await takePort(wanted.verifier, '--verifier-port')
    const bridgePort = options.bridge === false ? 0 : await takePort(wanted.bridge, '--bridge-port')
    const metricsPort = (offset: number) =>
      takePort(metricsBase === 0 ? 0 : metricsBase + offset, '--metrics-port')
    const metrics = {
      sequencer: await metricsPort(0),
      verifier: await metricsPort(1),
      bridge: await metricsPort(2),
    }

    const statePath = join(directory, 'l1-state.json')
    checkL1State(directory, statePath)
    phase('Starting L1')
    l1 = await anvil({
      port: l1Port,
      blockTime: kept.l1BlockTime,
      slotsInAnEpoch: 1,
      accounts: fundedAccounts,
      statePath,
      ownGroup: true,
      // What is older is not asked for, and would be kept, and written again and again, for as long as it runs.
      args: ['--prune-history', '128'],
    })
    void l1.exited.then(() => {
      if (!stopping.has('l1')) reportFailure('L1 (anvil)')
    })

    const l1Url = l1.url
    const common = {
      ANIMECHAIN_L1_RPC_URL: l1Url,
      // anvil finalises after seconds and, killed, forgets as many.
      ANIMECHAIN_UNDO_FINALIZED: 'true',
      ANIMECHAIN_DEPLOYMENT: chainFile,
      ANIMECHAIN_EXECUTION: options.execution ?? defaultExecution,
      ANIMECHAIN_DA: options.da ?? 'blob',
    }
    const rpcHosts = (options.rpcHosts ?? devnetRpcHosts).join(',')
    const environments: Record<ProgramName, { env: Record<string, string>; url: string }> = {
      sequencer: {
        url: `http://127.0.0.1:${l2Port}`,
        env: {
          ...common,
          ANIMECHAIN_DATA_DIR: join(directory, 'sequencer'),
          ANIMECHAIN_RPC_PORT: String(l2Port),
          ANIMECHAIN_RPC_HOSTS: rpcHosts,
          ANIMECHAIN_METRICS_PORT: String(metrics.sequencer),
          ANIMECHAIN_BLOCK_TIME: String(blockTime),
          ANIMECHAIN_MAX_BATCH_AGE: String(options.maxBatchAge ?? 4),
          ANIMECHAIN_MAX_IDLE_BATCH_AGE: String(options.maxIdleBatchAge ?? 15),
          ANIMECHAIN_BATCHER_KEY: roles.batcher.privateKey,
          ANIMECHAIN_PROPOSER_KEY: roles.proposer.privateKey,
          // As development chains do: tools deploy their factories with transactions that are valid on every chain.
          ANIMECHAIN_RPC_ALLOW_UNPROTECTED_TXS: 'true',
          ...options.sequencerEnv,
        },
      },
      verifier: {
        url: `http://127.0.0.1:${verifierPort}`,
        env: {
          ...common,
          ANIMECHAIN_DATA_DIR: join(directory, 'verifier'),
          ANIMECHAIN_RPC_PORT: String(verifierPort),
          ANIMECHAIN_RPC_HOSTS: rpcHosts,
          ANIMECHAIN_SEQUENCER_URL: `http://127.0.0.1:${l2Port}`,
          ANIMECHAIN_METRICS_PORT: String(metrics.verifier),
          ANIMECHAIN_CHALLENGER_KEY: roles.challenger.privateKey,
          ANIMECHAIN_SHADOW: String(options.shadow ?? false),
          ...options.verifierEnv,
        },
      },
      bridge: {
        url: `http://127.0.0.1:${bridgePort}`,
        env: {
          ANIMECHAIN_L1_RPC_URL: l1Url,
          ANIMECHAIN_L2_RPC_URL: `http://127.0.0.1:${l2Port}`,
          ANIMECHAIN_DEPLOYMENT: chainFile,
          ANIMECHAIN_DATA_DIR: join(directory, 'bridge'),
          ANIMECHAIN_HTTP_PORT: String(bridgePort),
          ANIMECHAIN_METRICS_PORT: String(metrics.bridge),
          ANIMECHAIN_RELAYER_KEY: roles.relayer.privateKey,
          ANIMECHAIN_GRACE: String(options.bridgeGrace ?? 60),
        },
      },
    }
    const packages = {
      sequencer: '@animechain/sequencer',
      verifier: '@animechain/verifier',
      bridge: '@animechain/bridge-app',
    } as const

    const spawnOne = (name: ProgramName, more: Record<string, string> = {}, held?: string) => {
      stopping.delete(name)
      running[name] = startProgram({
        name,
        path: cliPath(packages[name]),
        args: name === 'bridge' ? ['serve'] : [],
        env: { ...environments[name].env, ...more },
        logFile: logFile(name),
        ...(held === undefined ? {} : { held }),
        onExit: (code) => {
          logger.info('a program ended', { name, code })
          if (!stopping.has(name)) reportFailure(name)
        },
      })
      return running[name]
    }
    const answers = async (name: ProgramName, program: Program) => {
      if (name === 'bridge')
        await healthy(name, `http://127.0.0.1:${metrics.bridge}/readyz`, program, logFile(name))
      else await answering(name, environments[name].url, program, logFile(name))
    }
    const startOne = async (name: ProgramName, more: Record<string, string> = {}) => {
      if (running[name]?.running()) return
      await answers(name, spawnOne(name, more))
    }

    // It takes as long to load as L1 to make the blocks of the deployment.
    const held = heldModule()
    const early = held === undefined ? undefined : spawnOne('sequencer', {}, held)

    phase('Deploying the contracts')
    const deployment = await deploy(l1, options, directory)
    checkSameChain(chainFile, deployment)
    deployment.l2 = {
      ...deployment.l2,
      rpcUrls: { default: { http: [`http://127.0.0.1:${l2Port}`], webSocket: [`ws://127.0.0.1:${l2Port}`] } },
    }
    writeDeployment(chainFile, deployment)

    phase('Starting the sequencer')
    early?.go()
    await answers('sequencer', early ?? spawnOne('sequencer'))
    const others = (['verifier', 'bridge'] as const).filter((name) => options[name] !== false)
    if (others.length > 0) {
      phase(`Starting the ${others.join(' and the ')}`)
      await Promise.all(others.map((name) => startOne(name)))
    }
    phase('Running')
    // For tools that want to find it, the tour among them.
    writeFileSync(
      join(directory, 'running.json'),
      JSON.stringify({
        pid: process.pid,
        sequencerPid: running.sequencer?.pid,
        l1Url,
        l2Url: environments.sequencer.url,
        verifierUrl: environments.verifier.url,
      }),
    )

    return {
      directory,
      chainFile,
      l1Url,
      l2Url: environments.sequencer.url,
      l2WsUrl: `ws://127.0.0.1:${l2Port}`,
      ...(options.verifier === false ? {} : { verifierUrl: environments.verifier.url }),
      ...(options.bridge === false ? {} : { bridgeUrl: environments.bridge.url }),
      metricsUrls: Object.fromEntries(
        Object.entries(metrics).map(([name, port]) => [name, `http://127.0.0.1:${port}`]),
      ),
      deployment,
      l1,
      programs: running,
      startProgram: startOne,
      async stopProgram(name) {
        stopping.add(name)
        await running[name]?.stop()
      },
      stop,
      failed,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @throws {BaseError} `DEVNET_DIRECTORY` where the directory's L2 began otherwise: its contracts were others, or L1 was killed before it could write its file. */
export function checkSameChain(chainFile: string, { rollup }: Deployment): void {
  if (!existsSync(chainFile)) return
  const before = readDeployment(chainFile).rollup.genesisHash
  if (before === rollup.genesisHash) return
  throw new BaseError(`The directory ${dirname(chainFile)} holds another chain.`, {
    code: 'DEVNET_DIRECTORY',
    metaMessages: [
      `Expected the genesis ${rollup.genesisHash}, got ${before}: the contracts have changed, or L1 has lost them.`,
      'Start with --reset to begin anew, or choose another directory.',
    ],
  })
}

async function deploy(l1: Anvil, options: DevnetOptions, directory: string): Promise<Deployment> {
  const transport = http(l1.url, { timeout: 30_000 })
  const publicClient = createPublicClient({ transport, pollingInterval: 100 })
  const l1ChainId = await publicClient.getChainId()
  const walletClient = createWalletClient({
    transport,
    account: privateKeyToAccount(roles.deployer.privateKey),
  })
  const config: L1Config = {
    ...(options.productionDelays ? productionDefaults : devnetDefaults),
    ...options.l1Config,
    l2ChainId: BigInt(devnetChainId),
    roles: {
      timelockProposer: roles.guardian.address,
      operator: roles.guardian.address,
      guardian: roles.guardian.address,
      sequencer: roles.batcher.address,
      batcher: roles.batcher.address,
      proposer: roles.proposer.address,
      challenger: roles.challenger.address,
    },
  }
  const alloc = Object.fromEntries(
    users.map(({ address }) => [address.toLowerCase() as Address, { balance: parseEther('10000') }]),
  )
  const genesisFor = (contracts: Parameters<typeof genesis>[0]['addresses'], timestamp: bigint) =>
    genesis({
      addresses: contracts,
      l1ChainId,
      l2ChainId: devnetChainId,
      timestamp,
      gasLimit: config.gasLimit,
      feeRecipient: roles.guardian.address,
      alloc,
    })
  const deployed = await deployL1({
    publicClient,
    walletClient,
    config,
    statePath: join(directory, 'deployment-state.json'),
    genesisOutputRoot: async ({ addresses, genesisTimestamp }) =>
      (
        await genesisOutput({
          chainId: BigInt(devnetChainId),
          genesis: genesisFor(addresses, genesisTimestamp),
        })
      ).outputRoot,
    ...(options.onStep ? { onStep: options.onStep } : {}),
  })
  const blockZero = genesisFor(deployed.addresses, deployed.genesisTimestamp)
  const { hash } = await genesisOutput({ chainId: BigInt(devnetChainId), genesis: blockZero })
  // What L2 begins with can be withdrawn like anything else, so L1 holds as much from the start. Only then: later the portal's balance is what users make it.
  const portal = deployed.addresses.optimismPortal
  const allocated = Object.values(alloc).reduce((sum, { balance }) => sum + balance, 0n)
  if (
    !existsSync(join(directory, 'chain.json')) &&
    (await publicClient.getBalance({ address: portal })) < allocated
  )
    await l1.request('anvil_setBalance', [portal, numberToHex(allocated)])
  // viem polls by the time between blocks; without one it waits four seconds between two looks.
  const chains = viemChains({
    l1: {
      chainId: deployed.l1ChainId,
      rpcUrl: l1.url,
      wsUrl: l1.wsUrl,
      name: 'Animechain devnet L1',
      blockTime: (options.l1BlockTime ?? 1) * 1_000,
    },
    l2: {
      chainId: devnetChainId,
      rpcUrl: 'http://127.0.0.1:9545',
      name: 'Animechain devnet',
      blockTime: options.blockTime ?? 1_000,
    },
    addresses: deployed.addresses,
    startBlock: deployed.startBlock,
  })
  return {
    l1: chains.l1,
    l2: chains.l2,
    addresses: deployed.addresses,
    rollup: {
      chainId: BigInt(devnetChainId),
      genesis: blockZero,
      genesisHash: hash,
      l1StartBlock: deployed.startBlock,
    },
  }
}

async function healthy(
  name: string,
  url: string,
  program: Program,
  logFile: string,
  timeoutMs = 60_000,
): Promise<void> {
  const end = Date.now() + timeoutMs
  for (;;) {
    if (!program.running())
      throw new BaseError(`The ${name} ended before it was ready.`, {
        code: 'DEVNET_PROGRAM',
        metaMessages: [`Its log: ${logFile}`],
      })
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > end)
      throw new BaseError(`The ${name} was not ready within ${timeoutMs / 1000} s.`, {
        code: 'DEVNET_PROGRAM',
        metaMessages: [`Its log: ${logFile}`],
      })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const LOCK = 'lock'

/** Two devnets in one directory would destroy each other's state. A lock whose process is gone is taken over. */
function lockDirectory(directory: string): () => void {
  const path = join(directory, LOCK)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(directory, cause)
      const holder = Number(existsSync(path) ? readFileSync(path, 'utf8') : NaN)
      if (isRunning(holder))
        throw new BaseError(`The directory ${directory} is in use by the devnet of process ${holder}.`, {
          code: 'DEVNET_DIRECTORY',
          cause,
          metaMessages: ['Stop it, or choose another directory: --directory <path>.'],
        })
      rmSync(path, { force: true })
    }
  }
  throw new BaseError(`The directory ${directory} cannot be locked.`, { code: 'DEVNET_DIRECTORY' })
}

function unusable(directory: string, cause: unknown): BaseError {
  return new BaseError(`The directory ${directory} cannot be used.`, {
    code: 'DEVNET_DIRECTORY',
    cause,
    metaMessages: ['Choose one that can be written to: --directory <path>.'],
  })
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const damaged = (directory: string, path: string, expected: string, cause?: unknown): BaseError =>
  new BaseError(`The directory ${directory} holds a damaged devnet.`, {
    code: 'DEVNET_DIRECTORY',
    cause,
    metaMessages: [
      `File: ${path}. Expected ${expected}.`,
      'A process that is killed while it writes leaves that. Start with --reset to begin anew, or choose another directory: --directory <path>.',
    ],
  })

function readKept(directory: string, path: string): Kept {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Partial<Kept> | null
    if (kept?.version === 1 && typeof kept.productionDelays === 'boolean') return kept as Kept
  } catch (cause) {
    throw damaged(directory, path, 'JSON', cause)
  }
  throw damaged(directory, path, '{ version: 1, productionDelays, l1BlockTime }')
}

/** anvil says of a file that it cannot read only that it ended. */
function checkL1State(directory: string, path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const ends = Buffer.alloc(2)
    readSync(file, ends, 0, 1, 0)
    readSync(file, ends, 1, 1, Math.max(size - 1, 0))
    // The whole of it may have hundreds of MB.
    if (ends.toString('latin1') !== '{}') throw damaged(directory, path, 'one whole JSON object')
  } finally {
    closeSync(file)
  }
}

function checkKept(directory: string, kept: Kept): void {
  const path = join(directory, 'devnet.json')
  if (existsSync(path)) {
    const before = readKept(directory, path)
    if (before.productionDelays !== kept.productionDelays)
      throw new BaseError(
        `The directory ${directory} holds a devnet with ${before.productionDelays ? 'production' : 'short'} delays.`,
        {
          code: 'DEVNET_DIRECTORY',
          metaMessages: [
            'Delays are fixed when the contracts are deployed. Start with --reset to begin anew, or choose another directory.',
          ],
        },
      )
  }
  writeFileSync(`${path}.tmp`, JSON.stringify(kept))
  renameSync(`${path}.tmp`, path)
}

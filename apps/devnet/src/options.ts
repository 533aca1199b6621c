import type { DeployStep, L1Config, NetworkConfig } from '@animechain/contracts'
import type { Logger } from '@animechain/core'
import type { Deployment, ExecutionWord } from '@animechain/stack'
import type { Anvil } from '@animechain/testing'
import type { DevnetDaWord } from './da/words.js'
import type { ProgramName } from './names.js'
import type { NetworkPlace } from './network/members.js'
import type { Program } from './processes.js'

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
  /** Where batches are written; default `blob`. What `altda`, `s3` and `failover` need is started too, and comes with the first start. */
  da?: DevnetDaWord
  /** alt-DA server of `da: 'altda'`, and the folder behind the S3 API of `da: 's3'` on the port behind it; 0 takes free ones; default 9590 */
  daPort?: number
  execution?: ExecutionWord
  /** The verifier executes every block on the other engine too, and ends at the first difference. */
  shadow?: boolean
  /** Seven days to challenge and so on, instead of seconds. */
  productionDelays?: boolean
  /** Further changes of the L1 configuration. */
  l1Config?: Partial<Omit<L1Config, 'l2ChainId' | 'roles'>>
  /** Run the private store: a committee of five. `da: 'private'` needs it, and starts it too. Fixed at the first start. */
  vault?: boolean
  /** Run the verifier network: its contracts, and {@link networkVerifiers} verifiers with stake. Fixed at the first start. */
  network?: boolean
  /** Verifiers of the network, the one that every devnet has among them; default 7. Fixed at the first start. */
  networkVerifiers?: number
  /** Further changes of the network's configuration on L1. */
  networkConfig?: Partial<NetworkConfig>
  /** HTTP of the first verifier's gossip, and of the others the ports behind it; 0 takes free ones; default 9600 */
  networkPort?: number
  /** HTTP API of the committee's first member, and of the others the four ports behind it; 0 takes free ones; default 9580 */
  vaultPort?: number
  /** Further settings of the committee's members, as environment. */
  vaultEnv?: Record<string, string>
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
  /** Servers that batches of kind 3 are kept in, where the inbox takes them. */
  altDaUrl?: string
  s3Url?: string
  /** The verifiers of the network, where there is one: their JSON-RPC, HTTP of gossip, and address on libp2p */
  network?: readonly NetworkPlace[]
  /** HTTP APIs of the committee's members, where there is a private store */
  vaultUrls?: readonly string[]
  /** File for clients of the private store: its members and contracts. */
  committeeFile?: string
  metricsUrls: Partial<Record<ProgramName, string>>
  deployment: Deployment
  l1: Anvil
  programs: Readonly<Partial<Record<ProgramName, Program>>>
  /** Stops one program and leaves the others running. */
  stopProgram(name: ProgramName): Promise<void>
  /** Starts it again, with further settings as environment. */
  startProgram(name: ProgramName, env?: Record<string, string>): Promise<void>
  /** Stops everything. Idempotent. */
  stop(): Promise<void>
  /** Resolves when a program ended that nobody stopped, with its name. */
  failed: Promise<string>
}

export { vaultNames, type ProgramName, type VaultName, type VerifierName } from './names.js'

import type { NetworkPlace } from './network/members.js'
import { join } from 'node:path'
import { blockTimeSetting, defaultExecution } from '@animechain/stack'
import { keccak256, stringToHex } from 'viem'
import {
  devnetRpcHosts,
  vaultNames,
  type DevnetOptions,
  type ProgramName,
  type VaultName,
  type VerifierName,
} from './options.js'
import type { DevnetPorts } from './ports.js'
import { roles } from './roles.js'
import type { Member } from './vault/members.js'

/** Settings of a program, as environment, and where it serves. */
export interface ProgramSettings {
  env: Record<string, string>
  url: string
  metricsUrl: string
}

/** What the programs of a devnet are started with. */
export function environmentsOf(
  options: DevnetOptions,
  where: {
    directory: string
    chainFile: string
    /** {@link Devnet.committeeFile} */
    committeeFile: string
    l1Url: string
    ports: DevnetPorts
    members: readonly Member[]
    /** verifiers of the network, and the sequencer's address on libp2p */
    network: { verifiers: readonly NetworkPlace[]; sequencer: string | undefined }
    /** What nodes need for batches of kind 3, where the inbox takes them. */
    daEnv: Record<string, string>
  },
): Record<ProgramName, ProgramSettings> {
  const { ports } = where
  const at = (port: number) => `http://127.0.0.1:${port}`
  return {
    sequencer: {
      url: at(ports.l2),
      metricsUrl: at(ports.metrics.sequencer),
      env: sequencerEnv(options, where),
    },
    verifier: {
      url: at(ports.verifier),
      metricsUrl: at(ports.metrics.verifier),
      env: verifierEnv(options, where),
    },
    ...(Object.fromEntries(
      where.network.verifiers
        .slice(1)
        .map(({ name, rpcUrl: url }) => [
          name,
          { url, metricsUrl: at(ports.metrics[name]!), env: memberEnv(options, where, name) },
        ]),
    ) as Record<`verifier${number}`, ProgramSettings>),
    bridge: { url: at(ports.bridge), metricsUrl: at(ports.metrics.bridge), env: bridgeEnv(options, where) },
    ...(Object.fromEntries(
      vaultNames.map((name) => [
        name,
        {
          url: at(ports.vault[name]),
          metricsUrl: at(ports.metrics[name]),
          env: where.members.length > 0 ? vaultEnv(options, where, name) : {},
        },
      ]),
    ) as Record<VaultName, ProgramSettings>),
  }
}

type Where = Parameters<typeof environmentsOf>[1]

/** What a confidential devnet's batches are sealed with: known to all, as every key of a devnet is. */
export const devnetViewKey = keccak256(stringToHex('devnet view key'))

const nodeEnv = (options: DevnetOptions, { chainFile, committeeFile, l1Url, daEnv }: Where) => ({
  ANIMECHAIN_L1_RPC_URL: l1Url,
  // anvil finalises after seconds and, killed, forgets as many.
  ANIMECHAIN_UNDO_FINALIZED: 'true',
  ANIMECHAIN_DEPLOYMENT: chainFile,
  ANIMECHAIN_EXECUTION: options.execution ?? defaultExecution,
  ANIMECHAIN_DA: options.da ?? 'blob',
  ...daEnv,
  ANIMECHAIN_RPC_HOSTS: (options.rpcHosts ?? devnetRpcHosts).join(','),
  ...(options.da === 'private'
    ? { ANIMECHAIN_COMMITTEE: committeeFile, ANIMECHAIN_VIEW_KEY: devnetViewKey }
    : {}),
})

const sequencerEnv = (options: DevnetOptions, where: Where): Record<string, string> => ({
  ...nodeEnv(options, where),
  ANIMECHAIN_DATA_DIR: join(where.directory, 'sequencer'),
  ANIMECHAIN_RPC_PORT: String(where.ports.l2),
  ANIMECHAIN_METRICS_PORT: String(where.ports.metrics.sequencer),
  ANIMECHAIN_BLOCK_TIME: String(options.blockTime ?? blockTimeSetting.default),
  ANIMECHAIN_MAX_BATCH_AGE: String(options.maxBatchAge ?? 4),
  ANIMECHAIN_MAX_IDLE_BATCH_AGE: String(options.maxIdleBatchAge ?? 15),
  ANIMECHAIN_BATCHER_KEY: roles.batcher.privateKey,
  ANIMECHAIN_PROPOSER_KEY: roles.proposer.privateKey,
  // As development chains do: tools deploy their factories with transactions that are valid on every chain.
  ANIMECHAIN_RPC_ALLOW_UNPROTECTED_TXS: 'true',
  ...gossipEnv(where, 'sequencer'),
  ...options.sequencerEnv,
})

const verifierEnv = (options: DevnetOptions, where: Where): Record<string, string> => ({
  ...nodeEnv(options, where),
  ANIMECHAIN_DATA_DIR: join(where.directory, 'verifier'),
  ANIMECHAIN_RPC_PORT: String(where.ports.verifier),
  ANIMECHAIN_SEQUENCER_URL: `http://127.0.0.1:${where.ports.l2}`,
  ANIMECHAIN_METRICS_PORT: String(where.ports.metrics.verifier),
  ANIMECHAIN_CHALLENGER_KEY: roles.challenger.privateKey,
  ANIMECHAIN_SHADOW: String(options.shadow ?? false),
  ...gossipEnv(where, 'verifier'),
  ...options.verifierEnv,
})

/** Whom the verifier at `index` dials, of `count`: those at distances of 1, 2, 4 … in a circle, so that every other is a few hops away. */
const dialled = (index: number, count: number): number[] => {
  const others = []
  for (let distance = 1; distance < count; distance *= 2) others.push((index + distance) % count)
  return others
}

/** How a node of the network gossips, and with whom: the sequencer with all, a verifier with some, which spread what they hear. */
function gossipEnv({ ports, network }: Where, name: 'sequencer' | VerifierName): Record<string, string> {
  const { verifiers, sequencer } = network
  if (verifiers.length === 0) return {}
  const own = verifiers.find((each) => each.name === name)
  const dials = own ? dialled(verifiers.indexOf(own), verifiers.length).map((i) => verifiers[i]!) : verifiers
  const peers = dials.map(({ peer }) => peer)
  return {
    ANIMECHAIN_GOSSIP_PORT: String(own ? ports.network[name]!.gossip : ports.sequencerGossip),
    ANIMECHAIN_GOSSIP_PEERS: [...peers, ...(own && sequencer ? [sequencer] : [])].join(','),
    // All of them are on one host.
    ANIMECHAIN_GOSSIP_MAX_PEERS_PER_HOST: String(verifiers.length + 1),
    ...(own
      ? {
          ANIMECHAIN_GOSSIP_HTTP_PORT: String(ports.network[name]!.gossipHttp),
          ANIMECHAIN_ATTESTER_KEY: own.key.privateKey,
          ANIMECHAIN_STAKE_OWNER: own.owner.address,
          // The key is new: nothing was ever signed with it.
          ANIMECHAIN_BEGIN_LOG: 'true',
        }
      : { ANIMECHAIN_BLOCK_SIGNER_KEY: roles.batcher.privateKey }),
  }
}

/** A verifier of the network besides the first. It plays no disputes. */
function memberEnv(options: DevnetOptions, where: Where, name: VerifierName): Record<string, string> {
  const { ANIMECHAIN_CHALLENGER_KEY: _, ...env } = verifierEnv(options, where)
  return {
    ...env,
    ...gossipEnv(where, name),
    ANIMECHAIN_DATA_DIR: join(where.directory, name),
    ANIMECHAIN_RPC_PORT: String(where.ports.network[name]!.rpc),
    ANIMECHAIN_METRICS_PORT: String(where.ports.metrics[name]),
  }
}

const bridgeEnv = (options: DevnetOptions, { directory, chainFile, l1Url, ports }: Where) => ({
  ANIMECHAIN_L1_RPC_URL: l1Url,
  ANIMECHAIN_L2_RPC_URL: `http://127.0.0.1:${ports.l2}`,
  ANIMECHAIN_DEPLOYMENT: chainFile,
  ANIMECHAIN_DATA_DIR: join(directory, 'bridge'),
  ANIMECHAIN_HTTP_PORT: String(ports.bridge),
  ANIMECHAIN_METRICS_PORT: String(ports.metrics.bridge),
  ANIMECHAIN_RELAYER_KEY: roles.relayer.privateKey,
  ANIMECHAIN_GRACE: String(options.bridgeGrace ?? 60),
})

const vaultEnv = (options: DevnetOptions, where: Where, name: VaultName): Record<string, string> => {
  const member = where.members.find((each) => each.name === name)!
  const { ports } = where
  const head = `http://127.0.0.1:${ports.l2}`
  return {
    ANIMECHAIN_DATA_DIR: join(where.directory, name),
    ANIMECHAIN_ROLES: 'storage,keys',
    ANIMECHAIN_NODE_KEY: member.privateKey,
    ANIMECHAIN_SHARE_KEY: member.shareKey.privateKey,
    ANIMECHAIN_HTTP_PORT: String(ports.vault[name]),
    ANIMECHAIN_METRICS_PORT: String(ports.metrics[name]),
    ANIMECHAIN_L1_RPC_URL: where.l1Url,
    ANIMECHAIN_L2_RPC_URL: head,
    ANIMECHAIN_L2_SAFE_RPC_URL: options.verifier === false ? head : `http://127.0.0.1:${ports.verifier}`,
    ANIMECHAIN_DEPLOYMENT: where.chainFile,
    ANIMECHAIN_COMMITTEE: where.committeeFile,
    ANIMECHAIN_BATCHERS: roles.batcher.address,
    ...options.vaultEnv,
  }
}

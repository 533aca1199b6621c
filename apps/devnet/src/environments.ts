import { join } from 'node:path'
import { blockTimeSetting, defaultExecution } from '@animechain/stack'
import { devnetRpcHosts, type DevnetOptions, type ProgramName } from './options.js'
import type { DevnetPorts } from './ports.js'
import { roles } from './roles.js'

/** Settings of a program, as environment, and where it serves. */
export interface ProgramSettings {
  env: Record<string, string>
  url: string
  metricsUrl: string
}

/** What the programs of a devnet are started with. */
export function environmentsOf(
  options: DevnetOptions,
  where: { directory: string; chainFile: string; l1Url: string; ports: DevnetPorts },
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
    bridge: { url: at(ports.bridge), metricsUrl: at(ports.metrics.bridge), env: bridgeEnv(options, where) },
  }
}

type Where = Parameters<typeof environmentsOf>[1]

const nodeEnv = (options: DevnetOptions, { chainFile, l1Url }: Where) => ({
  ANIMECHAIN_L1_RPC_URL: l1Url,
  // anvil finalises after seconds and, killed, forgets as many.
  ANIMECHAIN_UNDO_FINALIZED: 'true',
  ANIMECHAIN_DEPLOYMENT: chainFile,
  ANIMECHAIN_EXECUTION: options.execution ?? defaultExecution,
  ANIMECHAIN_DA: options.da ?? 'blob',
  ANIMECHAIN_RPC_HOSTS: (options.rpcHosts ?? devnetRpcHosts).join(','),
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
  ...options.verifierEnv,
})

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

import { bridge } from '@animechain/bridge'
import type { Logger, Metrics } from '@animechain/core'
import type { ConfigValues } from '@animechain/observability'
import { openStorage, readDeployment, type RunningApp } from '@animechain/stack'
import { privateKeyToAccount } from 'viem/accounts'
import { bridgeAddresses, chainsOf } from './chains.js'
import type { serveConfig } from './config.js'
import { httpApi } from './http.js'

/** Starts the bridge service with its HTTP API. */
export async function serve(context: {
  values: ConfigValues<(typeof serveConfig)['table']>
  logger: Logger
  metrics: Metrics
}): Promise<RunningApp> {
  const { values, logger, metrics } = context
  const deployment = readDeployment(values.deployment)
  const storage = await openStorage(values.storage, values.dataDir, { logger })
  const service = bridge({
    ...chainsOf(deployment, values),
    addresses: bridgeAddresses(deployment),
    storage,
    pollMs: values.pollInterval,
    maxGas: BigInt(values.maxGas),
    maxGasPerHour: values.maxGasPerHour,
    maxGasPerAccount: values.maxGasPerAccount,
    maxOpenPerAccount: values.maxOpenPerAccount,
    graceMs: values.grace * 1_000,
    fast: values.fast,
    verifiers: values.verifiers,
    maxFastFee: values.maxFastFee,
    maxFastFeesPerHour: values.maxFastFeesPerHour,
    maxFastFeesPerAccount: values.maxFastFeesPerAccount,
    logger,
    metrics,
    ...(values.relayerKey ? { relayer: privateKeyToAccount(values.relayerKey) } : {}),
  })
  const api = httpApi({
    bridge: service,
    host: values.httpHost,
    port: values.httpPort,
    hosts: values.httpHosts,
    logger,
  })
  await service.start()
  await api.start()
  logger.info('serving HTTP', { url: api.url })
  return {
    async stop() {
      await api.stop()
      await service.stop()
      await storage.stop()
    },
    health() {
      const { ok, detail } = service.health()
      return {
        ready: ok,
        details: {
          detail,
          open: service
            .withdrawals({ limit: 20_000 })
            .filter(({ status, leftToOthers }) => status !== 'finalized' && !leftToOthers).length,
        },
      }
    },
  }
}

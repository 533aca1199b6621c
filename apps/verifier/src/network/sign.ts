import { signerServer } from '@animechain/network-verifier'
import { readDeployment, type AppContext, type RunningApp } from '@animechain/stack'
import { privateKeyToAccount } from 'viem/accounts'
import type { signConfig } from '../memberConfig.js'
import { networkAt } from './l1.js'
import { beginLog, openLocal } from './signer.js'

/** Starts the remote signer: the key and the log of what it signed, away from the machine that derives and is reached from outside. */
export async function startSigner({
  values,
  logger,
}: AppContext<(typeof signConfig)['table']>): Promise<RunningApp> {
  const deployment = readDeployment(values.deployment)
  const at = networkAt(deployment, values)
  const { address } = privateKeyToAccount(values.attesterKey)
  await beginLog(at, deployment.addresses.disputeGameFactory, values, address)
  const opened = await openLocal(at, values, logger)
  const server = signerServer({
    signer: opened.signer,
    token: values.signerToken,
    host: values.signerHost,
    port: values.signerPort,
    logger,
  })
  try {
    await server.start()
  } catch (error) {
    await opened.close()
    throw error
  }
  logger.info('attestations are signed', { url: server.url, key: address })
  return {
    async stop() {
      await server.stop()
      await opened.close()
    },
    health() {
      const { mark, floor, frozenBy } = opened.log
      return {
        ready: frozenBy === undefined,
        details: {
          ...{ key: address, url: server.url, signed: mark.count, mark: mark.head, floor },
          ...(frozenBy && { stopped: 'the log of signatures is not the newest' }),
        },
      }
    },
  }
}

import { readFileSync, statSync } from 'node:fs'
import { BaseError, predeploys, systemClock, type Address } from '@animechain/core'
import { systemConfigAbi } from '@animechain/contracts'
import { readDeployment, type AppContext, type Deployment, type RunningApp } from '@animechain/stack'
import {
  chainView,
  fileCommittees,
  registeredCommittees,
  shareKeyPair,
  vaultNode,
  type Committees,
  type L2Rpc,
  type NodeRole,
  type VaultNode,
} from '@animechain/vault-node'
import { parseCommittee, type CommitteeFile, type MessageSigner } from '@animechain/vault-protocol'
import { createPublicClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { adminServer } from './admin.js'
import { anchorSender } from './anchorSender.js'
import { challengesOf } from './challenges.js'
import { keyOf } from './keys.js'
import { metadataOf, objectsAt } from './places.js'
import type { Table, Values } from './values.js'

const SHORTEST_TOKEN = 16

/** JSON-RPC without retries: a decision is not to wait for an endpoint that does not answer. */
const rpcOf = (url: string): L2Rpc => {
  const transport = http(url, { retryCount: 0, timeout: 4_000 })({})
  return { request: (call) => transport.request(call as never) }
}

/** Reads the file of the committee again whenever it changes. */
function committeeFile(path: string): () => CommitteeFile {
  let read: { at: number; file: CommitteeFile } | undefined
  return () => {
    const { mtimeMs } = statSync(path)
    if (read?.at !== mtimeMs) read = { at: mtimeMs, file: parseCommittee(readFileSync(path, 'utf8')) }
    return read.file
  }
}

/** Where the node finds its committees. @throws {BaseError} `DA_NODE_COMMITTEE` */
function committeesOf({ committee, l1RpcUrl }: Values, { addresses }: Deployment): Committees {
  if (committee !== undefined) return fileCommittees(committeeFile(committee))
  const { committeeRegistry } = addresses
  if (committeeRegistry !== undefined && l1RpcUrl !== undefined)
    return registeredCommittees(rpcOf(l1RpcUrl), committeeRegistry)
  throw new BaseError('The node does not know its committee.', {
    code: 'DA_NODE_COMMITTEE',
    metaMessages: [
      'Expected --committee committee.json, or --l1-rpc-url and a deployment with a CommitteeRegistry on L1.',
    ],
  })
}

/** Who may have batches stored: those that were named, else the batcher of the chain, as L1 has it. */
function batchersOf(
  { batchers, l1RpcUrl }: Values,
  { addresses }: Deployment,
): () => Promise<readonly Address[]> {
  const named = batchers.map((each) => each.toLowerCase() as Address)
  if (named.length > 0 || l1RpcUrl === undefined || addresses.systemConfig === undefined)
    return async () => named
  const l1 = createPublicClient({ transport: http(l1RpcUrl) })
  return async () => {
    const batcher = await l1.readContract({
      address: addresses.systemConfig,
      abi: systemConfigAbi,
      functionName: 'batcher',
    })
    return [batcher.toLowerCase() as Address]
  }
}

async function compose(
  { values, logger, metrics }: AppContext<Table>,
  deployment: Deployment,
): Promise<VaultNode> {
  const { dataDir, l2RpcUrl, l2SafeRpcUrl, anchorInterval } = values
  const chainId = Number(deployment.rollup.chainId)
  const account = privateKeyToAccount(keyOf(values.nodeKey, dataDir, 'node.key'))
  const registry = predeploys.accessRegistry
  const { privateDa } = deployment.addresses
  const objects = values.roles.includes('storage') ? objectsAt(values.objects, dataDir) : undefined
  const committees = committeesOf(values, deployment)
  const challenges = challengesOf(values, deployment, {
    account: values.challengeKey ? privateKeyToAccount(values.challengeKey) : account,
    ...{ rpcOf, logger, metrics },
  })
  return vaultNode({
    roles: values.roles as readonly NodeRole[],
    domain: { chainId, registry },
    signer: account as unknown as MessageSigner,
    shareKey: shareKeyPair(keyOf(values.shareKey, dataDir, 'share.key')),
    view: chainView({
      rpc: rpcOf(l2RpcUrl),
      ...(l2SafeRpcUrl && { safeRpc: rpcOf(l2SafeRpcUrl) }),
      ...{ registry, clock: systemClock, logger, pollMs: values.viewInterval },
    }),
    committees,
    policies: [predeploys.grants, predeploys.blindGrants],
    metadata: await metadataOf(values, logger),
    ...(objects && { objects }),
    folder: dataDir,
    ...(values.receiptMark && { markFile: values.receiptMark }),
    ...(privateDa && { certificates: { chainId: deployment.l1.id, adapter: privateDa } }),
    batchers: batchersOf(values, deployment),
    http: {
      host: values.httpHost,
      port: values.httpPort,
      trustedProxies: values.httpTrustedProxies,
      requestsPerMinute: values.requestsPerMinute,
    },
    releasesPerMinute: values.releasesPerMinute,
    storageLimits: {
      capacity: values.capacity,
      projectCapacity: values.projectCapacity,
      uploadExpiry: values.uploadExpiry,
      retention: values.retention,
    },
    keyLimits: { denialsPerSecond: values.denialsPerSecond },
    repairMs: values.repairInterval * 1_000,
    ...(challenges && { challenges }),
    moves: { ms: values.moveInterval * 1_000, turnMs: values.moveTurn * 1_000 },
    ...(anchorInterval > 0 && {
      anchors: { ms: anchorInterval * 1_000, send: anchorSender({ url: l2RpcUrl, account, logger }) },
    }),
    ...{ logger, metrics },
  })
}

/** @throws {BaseError} `DA_NODE_ADMIN` for an administration without a token */
function expectToken({ adminPort, adminToken }: Values): void {
  if (adminPort === undefined || (adminToken?.length ?? 0) >= SHORTEST_TOKEN) return
  throw new BaseError('The administration needs a token.', {
    code: 'DA_NODE_ADMIN',
    metaMessages: [
      `Expected --admin-token (better ANIMECHAIN_ADMIN_TOKEN_FILE) of at least ${SHORTEST_TOKEN} characters.`,
    ],
  })
}

/** Composes the node from its settings, and starts it. It starts also while L1 and L2 do not answer: it then denies what it is asked. */
export async function start(context: AppContext<Table>): Promise<RunningApp> {
  const { values, logger } = context
  expectToken(values)
  const node = await compose(context, readDeployment(values.deployment))
  const { adminHost: host, adminPort: port, adminToken: token } = values
  const admin = port === undefined ? undefined : adminServer({ node, host, port, token: token!, logger })
  const stop = async () => {
    await admin?.stop()
    await node.stop()
  }
  try {
    await node.start()
    await admin?.start()
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
  logger.info('serving', {
    url: node.url,
    address: node.address,
    roles: values.roles,
    ...(admin && { admin: admin.url }),
  })
  return {
    stop,
    async health() {
      const { head, roles } = await node.info()
      const isReady = !roles.includes('keys') || (head !== undefined && head.age <= 5)
      return {
        ready: isReady,
        details: {
          address: node.address,
          url: node.url,
          head,
          draining: node.isDraining,
          storage: node.storage?.usage(),
          receipts: node.keys?.log.count,
          moves: node.keys?.mover.status(),
        },
      }
    },
  }
}

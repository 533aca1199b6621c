import { readFileSync } from 'node:fs'
import {
  CompositionError,
  hexToBytes,
  type Address,
  type DataAvailability,
  type Hash,
} from '@animechain/core'
import { privateDaAbi } from '@animechain/contracts/PrivateDA'
import { privateDa } from '@animechain/da-private'
import { l1Transport } from '@animechain/l1'
import { parseCommittee, type CommitteeFile } from '@animechain/vault-protocol'
import { createPublicClient } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { NodeSettings } from './nodeSettings.js'

/** For a look at L1, milliseconds. */
const READ_TIMEOUT_MS = 8_000

/** What the adapter on L1 says that the keys of batches are: asked for once, when a batch is first read or sealed. */
const keyRootOf =
  ({ l1RpcUrl, l1Quorum }: NodeSettings, adapter: Address) =>
  (): Promise<Hash> =>
    createPublicClient({
      transport: l1Transport(l1RpcUrl, {
        timeoutMs: READ_TIMEOUT_MS,
        ...(l1Quorum === undefined ? {} : { quorum: l1Quorum }),
      }),
    }).readContract({ address: adapter, abi: privateDaAbi, functionName: 'keyRoot' })

const committeeOf = (given: string | CommitteeFile): CommitteeFile =>
  typeof given === 'string' ? parseCommittee(readFileSync(given, 'utf8')) : given

/**
 * Batches of a confidential chain, as this node can read and seal them; undefined where it was told of no committee.
 * @throws CompositionError when it is to write such batches and something for it is missing
 */
export function privateBatches(
  settings: NodeSettings,
  batcher: PrivateKeyAccount | undefined,
): DataAvailability | undefined {
  const { committee = [], viewKey, deployment } = settings
  const isWriter = settings.da === 'private' && settings.options?.role !== 'verifier'
  for (const [needed, what] of [
    [committee.length > 0 || settings.da !== 'private', 'the file of a storage committee (--committee)'],
    [viewKey !== undefined || !isWriter, 'a view key (--view-key)'],
  ] as const)
    if (!needed) throw new CompositionError('data availability private', what, 'the settings', 'none')
  if (committee.length === 0) return undefined
  const adapter = settings.settlement === 'optimistic' ? deployment.addresses.privateDa : undefined
  return privateDa({
    committees: committee.map(committeeOf),
    ...(viewKey ? { viewKey: hexToBytes(viewKey) } : {}),
    ...(batcher ? { uploader: batcher } : {}),
    ...(adapter ? { adapter, keyRoot: keyRootOf(settings, adapter) } : {}),
    logger: settings.logger,
  })
}

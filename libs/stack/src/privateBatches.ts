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
import type { DaWord } from './words.js'

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

/** What a node needs that posts to a confidential chain. @throws CompositionError */
function expectWriter({ committee = [], viewKey }: NodeSettings, written: readonly DaWord[]): void {
  if (!written.includes('private')) {
    if (viewKey === undefined) return
    // One wrong word would publish what was promised to nobody.
    throw new CompositionError(
      `data availability ${written.join(', ')}`,
      'a chain that everybody may read',
      'the settings',
      'the view key of a confidential one (choose private, or leave --view-key out)',
    )
  }
  const missing = (what: string) =>
    new CompositionError('data availability private', what, 'the settings', 'none')
  if (committee.length === 0) throw missing('the file of a storage committee (--committee)')
  if (viewKey === undefined) throw missing('a view key (--view-key)')
}

/**
 * Batches of a confidential chain, as this node can read and seal them; undefined where it was told of no committee. `written`: words whose backends it posts to.
 * @throws CompositionError when it is to write such batches and something for it is missing, or it would write them in the clear
 */
export function privateBatches(
  settings: NodeSettings,
  { batcher, written }: { batcher: PrivateKeyAccount | undefined; written: readonly DaWord[] },
): DataAvailability | undefined {
  const { committee = [], viewKey, deployment } = settings
  if (settings.options?.role !== 'verifier') expectWriter(settings, written)
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

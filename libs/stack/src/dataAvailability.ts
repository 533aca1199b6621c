import { CompositionError, type DataAvailability, type KeyValueStore } from '@animechain/core'
import { altda, announcing } from '@animechain/da-altda'
import { blob, type BlobArchive } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { cheapest } from '@animechain/da-cheapest'
import { failover } from '@animechain/da-failover'
import { s3Da } from '@animechain/da-s3'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { NodeSettings } from './nodeSettings.js'
import { privateBatches } from './privateBatches.js'
import { daWords, type DaWord } from './words.js'

/** What backends share with the rest of the node. */
export interface DaParts {
  /** JSON-RPC of L1 */
  endpoints: { rpcUrl: string | readonly string[]; quorum?: number }
  batcher?: PrivateKeyAccount | undefined
  challenger?: PrivateKeyAccount | undefined
  /** where blobs are kept */
  archive?: KeyValueStore | BlobArchive | undefined
  /** the one of this process, where `memory` is used */
  memory?: DataAvailability | undefined
}

/** Where batches are written, and every place where they are read, the former first. */
export interface DaChoice {
  da: DataAvailability
  readers: readonly DataAvailability[]
}

const missing = (word: DaWord, what: string, other = 'the settings'): CompositionError =>
  new CompositionError(`data availability ${word}`, what, other, 'none')

/** The words whose backends the node writes to. */
export const writtenWords = ({
  da,
  daFailover = [],
}: Pick<NodeSettings, 'da' | 'daFailover'>): readonly DaWord[] => (da === 'failover' ? daFailover : [da])

/** What `auto` chooses from. */
const priced = ['blob', 'calldata'] as const satisfies readonly DaWord[]

/** Whether the node may post blobs, which L1 forgets. */
export const postsBlobs = (settings: Pick<NodeSettings, 'da' | 'daFailover'>): boolean =>
  writtenWords(settings).some((word) => word === 'blob' || word === 'auto')

/**
 * Gas that the inbox burns for a batch besides its data, for quotes: it counts against the floor of EIP-7623, so that a small batch costs less in calldata than the
 * floor says (libs/contracts/snapshots/gas.json).
 */
const CALL_GAS = { blob: 78_000n, calldata: 99_000n }

/** What backends of one choice share. */
interface ChoiceParts extends DaParts {
  bare: Bare
}

/** What makes the backend of a word; undefined where the settings say nothing of its place. */
type Make = (settings: NodeSettings, parts: ChoiceParts) => DataAvailability | undefined

/** Words of kind 3. */
const announcedWords = ['altda', 's3'] as const satisfies readonly DaWord[]
type AnnouncedWord = (typeof announcedWords)[number]

/** The bare backends of kind 3, of one node: each is asked by more than itself. */
type Bare = Partial<Record<AnnouncedWord, DataAvailability>>

function bareOf({ altDaUrl = [], altDaToken: token, s3 }: NodeSettings): Bare {
  const [url, ...mirrors] = altDaUrl
  return {
    ...(url === undefined
      ? {}
      : { altda: altda({ url, mirrors, ...(token === undefined ? {} : { token }) }) }),
    ...(s3 ? { s3: s3Da(s3) } : {}),
  }
}

/** The backend that watches over all places of kind 3. */
const watchingWord = (settings: NodeSettings, bare: Bare): AnnouncedWord | undefined =>
  announcedWords.find((word) => bare[word] && writtenWords(settings).includes(word)) ??
  announcedWords.find((word) => bare[word])

/** A backend of kind 3, as the settlement takes it: on L1 its commitments are announced. @throws CompositionError */
function takenByInbox(
  word: AnnouncedWord,
  settings: NodeSettings,
  { endpoints, batcher, challenger, bare }: ChoiceParts,
): DataAvailability | undefined {
  const da = bare[word]
  if (!da) return undefined
  const { settlement, deployment, logger, options } = settings
  if (settlement !== 'optimistic') return da
  const contract = deployment.addresses.altDa
  if (!contract && !writtenWords(settings).includes(word)) return da
  if (!contract) throw missing(word, 'an inbox that takes it (altDa of the configuration)', 'the deployment')
  return announcing(da, {
    ...endpoints,
    contract,
    startBlock: deployment.rollup.l1StartBlock,
    ...(batcher ? { account: batcher } : {}),
    // Whoever verifies with a key of its own keeps what nobody can read out of the inbox. An announcement does not say in which place its bytes are: one watcher asks all.
    ...(challenger && options?.role === 'verifier' && word === watchingWord(settings, bare)
      ? {
          watcher: challenger,
          others: announcedWords.flatMap((other) => (other !== word && bare[other]) || []),
        }
      : {}),
    logger,
  })
}

const makers: Record<Exclude<DaWord, 'failover'>, Make> = {
  memory: (_settings, { memory }) => memory,
  calldata: (_settings, { endpoints, batcher }) =>
    calldata({ ...endpoints, callGas: CALL_GAS.calldata, ...(batcher ? { account: batcher } : {}) }),
  blob: ({ l1BeaconUrl }, { endpoints, batcher, archive }) =>
    blob({
      ...endpoints,
      callGas: CALL_GAS.blob,
      ...(batcher ? { account: batcher } : {}),
      ...(l1BeaconUrl ? { beaconUrl: l1BeaconUrl } : {}),
      ...(archive ? { archive } : {}),
    }),
  auto: (settings, parts) =>
    cheapest({ of: priced.map((word) => makers[word](settings, parts)!), logger: settings.logger }),
  altda: (settings, parts) => takenByInbox('altda', settings, parts),
  s3: (settings, parts) => takenByInbox('s3', settings, parts),
  private: (settings, { batcher }) => privateBatches(settings, { batcher, written: writtenWords(settings) }),
}

const needed: Record<Exclude<DaWord, 'failover'>, string> = {
  memory: 'a memory that nodes of one process share',
  calldata: 'L1',
  blob: 'L1',
  auto: 'L1',
  altda: 'an alt-DA server (--alt-da-url)',
  s3: 'a bucket (--s3-bucket)',
  private: 'the file of a storage committee (--committee)',
}

/**
 * The data availability of a word, with everything that this node can read.
 * @throws CompositionError where something that the word needs is missing, or its parts do not fit
 */
export function dataAvailabilityOf(settings: NodeSettings, given: DaParts): DaChoice {
  const parts = { ...given, bare: bareOf(settings) }
  const words = writtenWords(settings)
  const made = new Map<DaWord, DataAvailability>()
  for (const word of words) {
    if (word === 'failover') throw missing(word, 'backends other than itself (--da-failover)')
    const backend = makers[word](settings, parts)
    if (!backend) throw missing(word, needed[word])
    made.set(word, backend)
  }
  const written = [...made.values()]
  const da =
    settings.da === 'failover'
      ? failover({
          backends: written,
          confidential: words.includes('private'),
          logger: settings.logger,
          metrics: settings.metrics,
        })
      : written[0]!
  const others = daWords.flatMap((word) => {
    if (word === 'failover' || word === 'auto' || made.has(word)) return []
    if (made.has('auto') && priced.some((part) => part === word)) return []
    // What the settings name can be read too: a batch may come from a choice of yesterday. Memory is written by whoever shares it alone.
    const backend = word === 'memory' ? undefined : makers[word](settings, parts)
    return backend ? [backend] : []
  })
  return { da, readers: [da, ...others] }
}

import { daWords, type DaWord } from '@animechain/stack'

/** Where a devnet's batches may be written. */
export type DevnetDaWord = Exclude<DaWord, 'memory'>

/** All of {@link DevnetDaWord}. */
export const devnetDaWords = daWords.filter((word): word is DevnetDaWord => word !== 'memory')

/** Why a word of nodes is none of a devnet. */
export const refusedDaWords = {
  memory: 'memory belongs to one process, and sequencer and verifier are processes of their own',
} as const satisfies Record<Exclude<DaWord, DevnetDaWord>, string>

/** What `failover` is made of here: calldata where the alt-DA server does not take a batch. */
export const devnetFailover = ['altda', 'calldata'] as const satisfies readonly DevnetDaWord[]

/** Whether the inbox must take commitments of kind 3. */
export const needsAltDa = (word: DevnetDaWord | undefined): boolean =>
  word === 'altda' || word === 's3' || word === 'failover'

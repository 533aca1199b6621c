import type { Address, Logger } from '@animechain/core'
import type { Attestation, Signed } from '@animechain/network-protocol'
import type { DiligenceCalls } from '../l1/diligence.js'
import { isTwoTrees } from '../duties/trees.js'
import type { Attempts } from './attempts.js'
import type { Contradiction, Journal } from './journal.js'

/** Batches for which two trees of one key are kept: each costs it a tenth of its stake. */
const MAX_PER_KEY = 4
/** Keys of which two trees are kept. */
const MAX_KEYS = 256
/** Errors by which L1 says that there is nothing left to take. */
const DONE = /Diligence_(Nothing|NotWrong)|StakeRegistry_NotAMember/

const prefix = 'trees/'
const nameOf = ({ key, first: { message } }: Contradiction): string =>
  `${prefix}${key}/${message.batchIndex}/${message.batchAcc}`.toLowerCase()

/** Keeps two attestations of a key that name two trees of blocks, with one output root. */
export function treesKeeper({ journal, logger }: { journal: Journal; logger: Logger }) {
  /** @returns whether they are evidence, and were not known */
  return async function keep(
    key: Address,
    first: Signed<Attestation>,
    second: Signed<Attestation>,
  ): Promise<boolean> {
    if (!isTwoTrees(first.message, second.message)) return false
    const evidence: Contradiction = { key, first, second }
    const name = nameOf(evidence)
    const ofKey = journal.notes(`${prefix}${key}/`.toLowerCase()).length
    const isFull = ofKey >= MAX_PER_KEY || journal.notes(prefix).length >= MAX_KEYS * MAX_PER_KEY
    if (isFull || journal.note(name)) return false
    await journal.setNote(name, evidence)
    logger.error('a verifier signed two trees of blocks for one batch', {
      key,
      batchIndex: first.message.batchIndex,
    })
    return true
  }
}

/** Has those pay who signed two trees. At once, without turns: the finder is credited. */
export function contradictor({
  journal,
  calls,
  sending,
}: {
  journal: Journal
  calls: Pick<DiligenceCalls, 'contradict'>
  sending: Attempts
}) {
  return async function step(signal: AbortSignal, note: (error: unknown) => void): Promise<void> {
    for (const [name, evidence] of journal.notes<Contradiction>(prefix)) {
      const perform = async () => {
        const sent = await sending.send('evidence', name, calls.contradict(evidence), signal)
        if (sent.status === 'ok' || (sent.status === 'rejected' && DONE.test(sent.reason)))
          await journal.dropNote(name)
      }
      await perform().catch(note)
    }
  }
}

import type { Assertion } from '@animechain/core'
import type { AppliedBatch } from '../chain/batchCodec.js'

/**
 * What this node's own batch says of an assertion. `unknown` also where the accumulators differ: then the list and the batches were read at different L1
 * blocks, and the next look decides.
 */
export function judge(
  assertion: Pick<Assertion, 'batchAcc' | 'outputRoot'>,
  own: Pick<AppliedBatch, 'acc' | 'outputRoot'> | undefined,
): 'unknown' | 'right' | 'wrong' {
  if (!own || own.acc !== assertion.batchAcc) return 'unknown'
  return own.outputRoot === assertion.outputRoot ? 'right' : 'wrong'
}

/**
 * Whether to settle an assertion that is decided. What is wrong by this node's own execution is not helped to be accepted; a rejection stands whoever asks
 * for it, and pays the bonds out.
 */
export const shouldResolve = (decision: 'accepted' | 'rejected' | undefined, isRight: boolean): boolean =>
  decision === 'rejected' || (decision === 'accepted' && isRight)

/** Whether something is to be done about an assertion that stands. One that runs out unchallenged is of no interest before its time. */
export const isUp = (
  { status, challengeDeadline }: Pick<Assertion, 'status' | 'challengeDeadline'>,
  l1Timestamp: bigint,
): boolean => status !== 'pending' || l1Timestamp >= challengeDeadline

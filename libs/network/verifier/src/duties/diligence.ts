import {
  InvalidInputError,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  type Address,
  type Hash,
} from '@animechain/core'

/** What became of a check-in, as `Diligence` says it. */
export type CheckInStatus = 'none' | 'checkedIn' | 'revealed' | 'missed' | 'disproved'

/** A member that checked in for an epoch. */
export interface CheckedInMember {
  member: Address
  status: CheckInStatus
  /** Whether it was drawn and has something to answer; false before the draw. */
  isDrawn: boolean
  /** Whether it checked in no batch. */
  isEmpty?: boolean
}

/** A member that was drawn in an epoch with batches, without one to answer with. */
export interface AbsentMember {
  member: Address
  /** Its key in the epoch, where it did not check in; undefined: it checked in no batch. */
  key?: Address
}

/** An epoch, as L1 has it. */
export interface DiligenceEpoch {
  epoch: bigint
  /** Whether the own key had weight in it. */
  isActive: boolean
  /** L1 block whose randomness counts; 0: none is fixed */
  drawBlock: bigint
  isDrawn: boolean
  /** last time to answer, seconds; 0 before the draw */
  revealUntil: bigint
  isClosed: boolean
  /** wei that are to be shared */
  pot: bigint
  members: readonly CheckedInMember[]
  /** Who is to pay for having nothing to answer with, as far as it is known; nobody before it is too late to answer. */
  absent?: readonly AbsentMember[]
}

/** What the decider is given. */
export interface DiligenceState {
  /** owner account of this verifier, in lower case */
  own: Address
  /** Whether the account that sends is the owner account or its key: nobody else may check in. */
  mayCheckIn: boolean
  /** of L1's newest block */
  now: { number: bigint; timestamp: bigint; epoch: bigint }
  /** Part of the present epoch that has passed, 0 to 1. */
  passed: number
  /** Whether every assertion of an epoch that L1 has finalised was judged. */
  isJudged(epoch: bigint): boolean
  /** Whether it is this verifier's turn to do something that anybody may do, which it was first seen to be due a time ago. */
  isTurn(thing: string): boolean
}

/** What to do about an epoch. */
export type DiligenceDuty =
  | { is: 'checkIn' | 'openDraw' | 'draw' | 'reveal' | 'close'; epoch: bigint }
  | { is: 'missed'; epoch: bigint; member: Address; key?: Address }

/** For how many epochs after the check-ins an epoch can be drawn, as `Diligence` says it: after the end of epoch e, until that of e + 8. */
export const DRAW_EPOCHS = 7n
/** L1 knows the hashes of so many blocks (EIP-2935); with some to spare. */
const KNOWN_BLOCKS = 8_000n
/** When a check-in is made although something of its epoch is not judged yet: the rest of the epoch is for being mined. */
const LATEST = 0.6

const ownOf = ({ own }: DiligenceState, { members }: DiligenceEpoch): CheckedInMember | undefined =>
  members.find(({ member }) => member.toLowerCase() === own)

function drawing(
  state: DiligenceState,
  { epoch, drawBlock, members }: DiligenceEpoch,
): DiligenceDuty | undefined {
  const { now, isTurn } = state
  if (members.length === 0 || now.epoch > epoch + 1n + DRAW_EPOCHS) return undefined
  const isForgotten = drawBlock !== 0n && now.number > drawBlock + KNOWN_BLOCKS
  if (drawBlock === 0n || isForgotten)
    return isTurn(`open/${epoch}/${drawBlock}`) ? { is: 'openDraw', epoch } : undefined
  return now.number > drawBlock && isTurn(`draw/${epoch}`) ? { is: 'draw', epoch } : undefined
}

function afterwards(state: DiligenceState, at: DiligenceEpoch): DiligenceDuty[] {
  const { epoch, isClosed, pot, members, absent = [] } = at
  const { isTurn, own } = state
  const silent: AbsentMember[] = members
    .filter(({ isDrawn, status }) => isDrawn && status === 'checkedIn')
    .map(({ member }) => ({ member }))
  const duties: DiligenceDuty[] = [...silent, ...absent]
    .filter(({ member }) => member.toLowerCase() !== own && isTurn(`missed/${epoch}/${member}`))
    .map((each) => ({ is: 'missed', epoch, ...each }))
  // Without anything to share it is not worth its gas.
  if (!isClosed && pot > 0n && isTurn(`close/${epoch}`)) duties.push({ is: 'close', epoch })
  return duties
}

/** What is to be done about an epoch that has ended. Pure. */
export function decideDiligence(state: DiligenceState, at: DiligenceEpoch): DiligenceDuty[] {
  const { epoch, isActive, isDrawn, revealUntil } = at
  const { now, passed, isJudged, mayCheckIn } = state
  if (now.epoch <= epoch) return []
  const own = ownOf(state, at)
  if (now.epoch === epoch + 1n) {
    const isDue = mayCheckIn && isActive && own === undefined && (isJudged(epoch) || passed >= LATEST)
    return isDue ? [{ is: 'checkIn', epoch }] : []
  }
  if (!isDrawn) {
    const duty = drawing(state, at)
    if (duty) return [duty]
    const isOver = at.members.length === 0 || now.epoch > epoch + 1n + DRAW_EPOCHS
    return isOver ? afterwards(state, at) : []
  }
  if (now.timestamp > revealUntil) return afterwards(state, at)
  return own?.isDrawn && own.status === 'checkedIn' ? [{ is: 'reveal', epoch }] : []
}

/** Whether an epoch has nothing more to be done about. */
export const isOver = (
  { isClosed, isDrawn, revealUntil, pot, members, absent = [], epoch }: DiligenceEpoch,
  now: DiligenceState['now'],
): boolean => {
  if (now.epoch <= epoch + 1n) return false
  const isPast = isDrawn
    ? now.timestamp > revealUntil
    : members.length === 0 || now.epoch > epoch + 1n + DRAW_EPOCHS
  const isMissing =
    absent.length > 0 || members.some(({ isDrawn: drawn, status }) => drawn && status === 'checkedIn')
  return isPast && !isMissing && (isClosed || pot === 0n)
}

/**
 * The batches of a check-in: leaves stand for batches without a gap. The longest run of those that were attested to, the first of equal ones.
 * @param interval batches from an assertion to the next
 */
export function longestRun<T extends { batchIndex: bigint }>(attested: readonly T[], interval: bigint): T[] {
  const ordered = [...attested].sort((a, b) => (a.batchIndex < b.batchIndex ? -1 : 1))
  let best: T[] = []
  let run: T[] = []
  for (const each of ordered) {
    const last = run.at(-1)
    run = last && each.batchIndex === last.batchIndex + interval ? [...run, each] : [each]
    if (run.length > best.length) best = run
  }
  return best
}

const nodeOf = (left: Hash, right: Hash): Hash =>
  keccak256Hex(concatBytes(hexToBytes(left), hexToBytes(right)))

/**
 * Siblings of a leaf of a history (docs/spec/game.md, section 1), from below: as many as it is high.
 * @param roots output roots of the history's blocks
 * @throws {InvalidInputError} for a block that is not in it
 */
export function historyPath(roots: readonly Hash[], height: number, index: number): Hash[] {
  const last = roots.at(-1)
  if (last === undefined || !Number.isSafeInteger(index) || index < 0 || index >= roots.length)
    throw new InvalidInputError('index of a block', `0 to ${roots.length - 1}`, index)
  let nodes: Hash[] = [...roots]
  let padding = last
  const path: Hash[] = []
  for (let level = 0, at = index; level < height; level++, at >>= 1) {
    path.push(nodes[at ^ 1] ?? padding)
    const above: Hash[] = []
    for (let i = 0; i < nodes.length; i += 2) above.push(nodeOf(nodes[i]!, nodes[i + 1] ?? padding))
    nodes = above
    padding = nodeOf(padding, padding)
  }
  return path
}

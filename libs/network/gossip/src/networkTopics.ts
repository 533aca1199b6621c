import type { Address } from '@animechain/core'
import {
  decodeMessage,
  dedupeKey,
  hasPlace,
  keptForKey,
  keyOfSignature,
  messageBytes,
  messageHash,
  signerOf,
  variantOf,
  type Alarm,
  type Attestation,
  type BlockAnnouncement,
  type BlockDomain,
  type DomainOfKind,
  type KeyRecovery,
  type MessageKind,
  type MessageOfKind,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import type { TopicRoute, TopicRules, Verdict } from './topic.js'

/** Text: no, and why; whoever posts over HTTP is told. `undefined`: not known yet. Both are asked again when the message comes again. */
type Said = boolean | string | undefined
type Answer = Said | Promise<Said>

/** What a node knows about L1 and L2, by which messages are judged. */
export interface NetworkRules {
  /** of attestations and alarms */
  domain: NetworkDomain
  /** of block announcements */
  blocks: BlockDomain
  /** Whether the signer is a member with weight in the attestation's epoch. */
  isMember(signer: Address, attestation: Attestation): Answer
  /**
   * Whether the alarm is about an assertion that L1 has, with this claim, and right by what this node derived itself: three are kept of a game, so that false
   * ones must not take their places. `check` of the alarm desk of `@animechain/network-verifier`.
   */
  isAboutGame(alarm: Alarm, signer: Address): Answer
  /** Whether the signer is the sequencer that SystemConfig names. */
  isSequencer(signer: Address, block: BlockAnnouncement): Answer
  /** Faster than viem's, where there is one. */
  recovery?: KeyRecovery
}

const routes: { readonly [kind in MessageKind]: TopicRoute } = {
  attestation: { path: '/v1/attestations', lists: 'group' },
  alarm: { path: '/v1/alarms', lists: 'newest' },
  block: { path: '/v1/blocks/latest', lists: 'latest' },
}

/** What a message of a kind is found by, besides its key. */
const foundBy = {
  attestation: (message: Attestation) => ({ group: `${message.batchIndex}`, variant: variantOf(message) }),
  alarm: ({ batchIndex }: Alarm) => ({ group: `${batchIndex}` }),
  // A rank above 2^53 loses digits, which a chain does not live to see.
  block: ({ number }: BlockAnnouncement) => ({ group: `${number}`, rank: Number(number) }),
}

function rulesOf<kind extends MessageKind>(
  kind: kind,
  domain: DomainOfKind<kind>,
  recovery: KeyRecovery | undefined,
  isDue: (signer: Address, message: MessageOfKind[kind]) => Answer,
): TopicRules {
  const signer = (signed: Signed<MessageOfKind[kind]>) =>
    recovery
      ? keyOfSignature(messageHash(kind, domain, signed.message), signed.signature, recovery)
      : signerOf(kind, domain, signed)
  return {
    perKey: keptForKey[kind],
    ...(kind === 'attestation' && { hasPlace }),
    maxBytes: messageBytes[kind],
    route: routes[kind],
    async judge(bytes): Promise<Verdict> {
      const decoded = decodeMessage(kind, bytes)
      if (!decoded.ok) return { verdict: 'reject', reason: decoded.why }
      const { message } = decoded.value
      const key = await signer(decoded.value)
      if (key === undefined) return { verdict: 'reject', reason: 'nobody signed it' }
      // What L1 says is seen by one node before it is by another: nobody is blamed for it.
      const said = await isDue(key, message)
      if (said !== true)
        return {
          verdict: 'ignore',
          reason: typeof said === 'string' ? said : `the ${kind} of ${key} is not due, or not yet`,
        }
      const found = foundBy[kind] as (of: MessageOfKind[kind]) => {
        group: string
        variant?: string
        rank?: number
      }
      return { verdict: 'accept', key: dedupeKey(kind, message, key), ...found(message) }
    },
  }
}

/** The topic of alarms alone: what somebody needs who watches without stake. docs/spec/network.md, sections 8 and 10 */
export const alarmTopic = ({
  domain,
  isAboutGame,
  recovery,
}: Pick<NetworkRules, 'domain' | 'isAboutGame' | 'recovery'>): TopicRules =>
  rulesOf('alarm', domain, recovery, (signer, alarm) => isAboutGame(alarm, signer))

/**
 * The topics of the verifier network: attestations, alarms, block announcements. docs/spec/network.md, section 10.
 * A message that is not well-formed or not signed is rejected; one that L1 does not bear out, as far as this node knows L1, is ignored.
 */
export function networkTopics({
  domain,
  blocks,
  isMember,
  isAboutGame,
  isSequencer,
  recovery,
}: NetworkRules): Record<MessageKind, TopicRules> {
  return {
    attestation: rulesOf('attestation', domain, recovery, isMember),
    alarm: alarmTopic({ domain, isAboutGame, ...(recovery && { recovery }) }),
    block: rulesOf('block', blocks, recovery, isSequencer),
  }
}

import { announcer } from '../announcements/announcer.js'
import { follower, type FollowStatus } from '../announcements/follower.js'
import { namedKey } from '../announcements/namedKey.js'
import { payloadCache } from '../announcements/payloadCache.js'
import type { Announcements } from '../announcements/port.js'
import type { Derivation } from '../derivation/context.js'
import type { LoopService, ServiceDefinition } from '../service.js'
import type { AnnouncementOptions } from '../types.js'
import type { NodeParts } from './parts.js'

/** Default of the option. */
const PAYLOAD_BYTES = 64 * 1024 * 1024

/** What of a node has to do with announcements. */
export interface Announcing {
  services: { announcer?: LoopService; follower?: LoopService }
  announcements: Announcements
  /** of a node that follows announcements */
  following(): FollowStatus | undefined
  open(): void
  close(): void
}

/** A sequencer announces, with a key for it; every other node follows. */
export function announcingOf(
  { settings, store, lock, log }: NodeParts,
  options: AnnouncementOptions,
  derivation: Derivation,
  run: (definition: ServiceDefinition) => LoopService,
): Announcing {
  const { role, execution: engine, settlement, codec, clock, metrics } = settings
  const { gossip } = options
  const isSequencer = role === 'sequencer'
  const payloads = payloadCache(options.payloadBytes ?? PAYLOAD_BYTES)
  const named = namedKey({ settlement, clock, logger: log(isSequencer ? 'announcer' : 'follower') })
  const shared = { store, codec, gossip, named, payloads, metrics }
  const announcing =
    isSequencer && gossip.signer !== undefined
      ? announcer({ ...shared, logger: log('announcer') })
      : undefined
  const following = isSequencer
    ? undefined
    : follower(options, {
        ...{ ...shared, engine, settlement, derivation, lock, clock },
        logger: log('follower'),
      })
  const part = announcing ?? following
  const loop = part && run(part.definition)
  let close = () => {}
  return {
    services: loop ? { [announcing ? 'announcer' : 'follower']: loop } : {},
    announcements: { isSequencer: (key) => named.is(key), payload: (hash) => payloads.get(hash) },
    following: () => following?.status(),
    open() {
      if (part) close = part.open(() => loop!.wake())
    },
    close() {
      close()
      close = () => {}
    },
  }
}

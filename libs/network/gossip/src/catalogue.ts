import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  GOSSIP_IDENTITY: {
    cause: 'The file of the peer key cannot be read or written, or does not hold a peer key.',
    remedy:
      'Check the path and its permissions. Remove a damaged file to get a new identity; peers that allow this node by its identity must then be told the new one.',
  },
  GOSSIP_LIBRARY: {
    cause: 'The gossipsub library that is installed has not the parts that the bounds on peers hang on.',
    remedy: 'Install the exact versions that the manifest of this package names.',
  },
  GOSSIP_LISTEN: {
    cause:
      'The node cannot listen on an address: another program has the port, or the host has no such address.',
    remedy: 'Give another port, or 0 for any free one; look what listens there.',
  },
  GOSSIP_NOT_RUNNING: {
    cause: 'The gossip node was used before `start()` or after `stop()`.',
    remedy: 'Start it first, and stop what publishes before it.',
  },
  GOSSIP_PAYLOAD_MISSING: {
    cause: 'No peer gave the payload with this hash in time: none has it, or what came was something else.',
    remedy:
      'Try again while the payload is new, or wait for the batch on L1. With no peers at all, check `health()` and the addresses of peers.',
  },
  GOSSIP_REFUSED: {
    cause: 'The message that was to be published is none that peers would forward. The message says why.',
    remedy: 'Correct what made it: peers that get such messages stop listening to this node.',
  },
} as const satisfies ErrorCatalogue

import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VERIFIER_DRILL: {
    cause: 'A command of a drill cannot be done now: something has to come before, or is over.',
    remedy: 'See what was expected in the message, and `animechain-verifier drill status`.',
  },
  VERIFIER_DRILL_FILE: {
    cause:
      'The file of a drill is missing, damaged or of another chain, or `drill commit` would overwrite one.',
    remedy:
      'Give the right one with --drill-file; a new drill needs a new file. A drill whose file is lost cannot be revealed: its bounty is burned.',
  },
  VERIFIER_NO_GOSSIP: {
    cause: 'A verifier has the key of a member, and neither a port nor peers of gossip.',
    remedy: 'Give it --gossip-port or --gossip-peers, or their HTTP sides.',
  },
  VERIFIER_NO_LOG: {
    cause:
      'The log of what the hot key signed is not in the data folder, though the key may have attested: a lost or new disk, or another folder.',
    remedy:
      'Restore the newest log. Where it is lost and no other process has the key, start once with --begin-log.',
  },
  VERIFIER_NO_MEMBER: {
    cause: 'An account that is expected to be a member of the verifiers is none.',
    remedy: 'Join first (animechain-verifier join), or correct the account.',
  },
  VERIFIER_NO_NETWORK: {
    cause:
      'Settings of the verifier network are given, and the chain was deployed without one, or without drills.',
    remedy: 'Remove the settings, or take the deployment file of a chain that has a verifier network.',
  },
  VERIFIER_REFUSED: {
    cause: 'L1 refused a transaction of a command, or its fees are too high.',
    remedy: 'See the reason in the message, and `animechain-verifier status`.',
  },
  VERIFIER_SECRET: {
    cause: 'The file that holds the secret of the trees of blocks is damaged.',
    remedy:
      'Restore it. With another secret, reveals about batches that were attested before cannot be made, and are missed.',
  },
  WATCH_ALARMS: {
    cause: 'The folder in which `watch --claim` keeps its alarms on L1 cannot be opened or written.',
    remedy:
      'See the details in the message: permissions, another program that has it open, a damaged disk. Keep the folder: without it what was committed to cannot be revealed.',
  },
  WATCH_KEY: {
    cause: 'The file with the key that signs alarms cannot be read or written, or holds no key.',
    remedy:
      'Check the folder and its permissions. Remove a damaged file to get a new key, or give one with --watch-key: any key will do.',
  },
  WATCH_TIMEOUT: {
    cause: '`watch --once` was not done in time: L1 did not answer, or there was more to derive.',
    remedy:
      'See the details in the message. Run it again: it goes on from what is in its folder. Or give it more time (--once-timeout).',
  },
} as const satisfies ErrorCatalogue

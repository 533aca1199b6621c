import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  NETWORK_BELOW_FLOOR: {
    cause:
      'A batch is below the floor of the log of signatures: the log knows nothing of what the key signed there, so that nothing is signed.',
    remedy: 'None: later batches are signed. The floor was set when the log was begun anew, or raised.',
  },
  NETWORK_GAS: {
    cause: 'A duty on L1 would take more gas than a duty may: the contracts are not those that are expected.',
    remedy: 'Check the addresses of the deployment file. The duty is tried again later.',
  },
  NETWORK_L1_UNREADABLE: {
    cause: 'L1 did not answer a question of the verifier network, or answered with an error.',
    remedy: 'See the message: which endpoint, what was asked. It is asked again by itself.',
  },
  NETWORK_LOG_BROKEN: {
    cause: 'The log of signatures, or a mark of it, could not be written or synced: nothing is signed.',
    remedy:
      'Correct the disk, or the place of the mark, and start again. What was given out before is in the log.',
  },
  NETWORK_LOG_CLOSED: {
    cause: 'The log of signatures was used after it was closed.',
    remedy: 'Open it again; stop what signs before the log is closed.',
  },
  NETWORK_LOG_DAMAGED: {
    cause:
      'The log of signatures, or its mark, is not what was written: a disk fault, or another program changed it. No crash leaves that behind.',
    remedy:
      'Keep the file for a look at it. Begin a new log whose floor is above every batch that is asserted on L1, once no process has the key.',
  },
  NETWORK_LOG_FROZEN: {
    cause:
      'An attestation of the key was seen that its log does not know: the log is an old copy, or another process signs with the key. Nothing new is signed, also after a restart.',
    remedy:
      'Find the other process and stop it. Then raise the floor above every batch that is asserted on L1.',
  },
  NETWORK_LOG_LOCKED: {
    cause:
      'Another process, or another part of this one, has the log of signatures open; or one on another machine had it and did not give it back.',
    remedy:
      'Stop the other one. Where its machine is gone for good, remove the file `.lock.` with the highest number beside the log.',
  },
  NETWORK_LOG_ROLLED_BACK: {
    cause:
      'The log of signatures is not the newest: its mark, kept elsewhere, is ahead or of another log, or another process writes to it. An old disk or a copy was restored.',
    remedy:
      'Use the newest log. Where it is lost, begin a new one whose floor is above every batch that is asserted on L1, once no process has the key.',
  },
  NETWORK_NO_ANSWER: {
    cause:
      'This verifier was drawn, and the tree that it attested to cannot be made again: the secret, the journal or the chain is another one.',
    remedy: 'Restore the folder `network` of the data folder before the time to answer is over.',
  },
  NETWORK_SIGNED_OTHER: {
    cause:
      'The key has attested to another output root of this batch. A second attestation would cost its whole stake.',
    remedy:
      'Find out which root is right: this machine, or the one that signed before, derived a wrong one. A wrong one that was signed can be slashed.',
  },
  NETWORK_SIGNER_UNREACHABLE: {
    cause: 'The remote signer did not answer in time, or answered with an error that is not one of its log.',
    remedy:
      'See the details in the message: address, token, its log. Asked again it gives the same signature.',
  },
  NETWORK_SIGNER_WRONG: {
    cause: 'The remote signer gave a signature of another key, or for something else than was asked for.',
    remedy: 'Check that the address is that of the signer, and the key the one that is a member.',
  },
  NETWORK_UNKNOWN_VOTE: {
    cause:
      'A certificate on L1 has the signature of this member, and the data folder does not know of it: it is an old copy, or another process has the key.',
    remedy: 'Stop the other process. Begin a new log of signatures above every batch that is asserted on L1.',
  },
} as const satisfies ErrorCatalogue

import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  RLP_INVALID: {
    cause:
      'Bytes are not RLP, or not in its one canonical form: a length that does not fit, a leading zero, an item too many.',
    remedy: 'Encode the value again with a current library.',
  },
  TX_INVALID_SIGNATURE: {
    cause:
      'No sender can be told from the signature: values out of range, a high `s`, or a point that does not exist.',
    remedy: 'Sign the transaction again.',
  },
  TX_RECOVERY_BUSY: {
    cause: 'More transactions wait for the recovery of their senders than the queue holds.',
    remedy: 'Wait for earlier ones. A node falls back to its own thread by itself.',
  },
  TX_UNDECODABLE: {
    cause: 'The bytes are no transaction of a known type.',
    remedy: 'Send a signed transaction of type 0, 1, 2 or 4, as `type ‖ payload` or a legacy RLP list.',
  },
  TX_UNSUPPORTED_TYPE: {
    cause:
      'The first byte names a type that is not known, or that may not stand in this place (deposits, type 126, come from L1 alone).',
    remedy: 'Use another transaction type.',
  },
} as const satisfies ErrorCatalogue

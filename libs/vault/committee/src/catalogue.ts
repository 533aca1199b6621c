import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VAULT_FALSE_PARITY: {
    cause:
      'Three units that are right give another one than the root of the blob names: whoever sealed it wrote false parity.',
    remedy:
      'Read while the nodes of the chunks are there, and store the content anew; do not trust who signed its manifest.',
  },
  VAULT_PUT_INCOMPLETE: {
    cause:
      'Fewer storage nodes acknowledged a blob than its margin needs: four, or three for a degraded put.',
    remedy:
      'The message names the nodes. Put it again with the same header: what they have is not sent twice.',
  },
  VAULT_READ_ONCE: {
    cause:
      'Content came as a stream that can be read once, and there is no file system to keep it sealed in between.',
    remedy: 'Give bytes, or a function that gives a new stream each time (of a File: `() => file.stream()`).',
  },
  VAULT_SOURCE_CHANGED: {
    cause: 'Content was another one when it was read for the second time. Nothing of what differs was sent.',
    remedy: 'Put it anew, with a new header, once nobody writes to it.',
  },
  VAULT_UNKNOWN_BLOB: {
    cause:
      'At least three storage nodes say that they do not have a blob: it was never stored, or was erased.',
    remedy: 'Check its id, and whether the committee is the one that its manifest names.',
  },
  VAULT_UNREADABLE: {
    cause: 'Fewer than three of the five storage nodes gave right bytes.',
    remedy:
      'The message says what each node did. Try again when they are back; a shard that is lost comes back by repair.',
  },
} as const satisfies ErrorCatalogue

import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VAULT_BAD_CHUNK: {
    cause:
      'A sealed chunk does not open: it was changed, is another chunk or of another file, or the file is cut there.',
    remedy: 'Read the chunk from other storage nodes, or repair the blob; what opened before it is right.',
  },
  VAULT_BAD_HEADER: {
    cause: 'The bytes are no header of a sealed file, or of a version that this release does not know.',
    remedy: 'Check what file was given; update where its version is newer.',
  },
  VAULT_BAD_PADDING: {
    cause:
      'The chunks open, but what is in them does not end as padded content does: another program sealed it wrongly.',
    remedy: 'Tell whoever sealed it; the content cannot be told from its padding.',
  },
  VAULT_BAD_SHARE: {
    cause: 'Shares of a key are of the wrong length, doubled, or too few.',
    remedy: 'Ask other key nodes for their shares, and compare each with its commitment first.',
  },
  VAULT_BAD_WRAP: {
    cause: 'A sealed share or key does not open: it is for another key, object or request, or was changed.',
    remedy: 'Check which private key, object, rendition and epoch it was opened with; ask another key node.',
  },
  VAULT_TOO_FEW_UNITS: {
    cause: 'Fewer than three of the five units of a stripe are there, or right.',
    remedy:
      'Wait until more storage nodes answer. With three shards or more lost for good, the bytes are lost.',
  },
  VAULT_TOO_LONG: {
    cause: 'Content is longer than one sealed file holds: 2^50 bytes, less 8.',
    remedy: 'Store it as several objects.',
  },
  VAULT_TRUNCATED: {
    cause: 'A sealed file has fewer or more bytes than it should.',
    remedy: 'Read it again; what came before the error is right, but not all.',
  },
  VAULT_WRONG_KEY: {
    cause: 'The data key is not the one that the header of the sealed file commits to.',
    remedy: 'Take the key of this rendition and epoch; where shares gave it, one of them was another.',
  },
} as const satisfies ErrorCatalogue

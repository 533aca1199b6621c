import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  OBJECT_STORE: {
    cause: 'A folder or bucket did not do what it was asked, or answered with something else.',
    remedy:
      'See the details. Of a folder: rights and room on the disk; of a bucket: address, network, name and the server’s own log.',
  },
  OBJECT_CUT: {
    cause:
      'What was to be stored ended early, or had another length than was said. Nothing of it was stored.',
    remedy: 'Send it again.',
  },
  OBJECT_S3_MISSING: {
    cause: 'Objects are to be in S3, and the package that speaks to it is not installed.',
    remedy: 'Run `npm install @aws-sdk/client-s3`, or `npm install` with optional dependencies.',
  },
} as const satisfies ErrorCatalogue

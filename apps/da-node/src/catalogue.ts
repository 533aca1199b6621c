import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  DA_NODE_ADMIN: {
    cause: 'A port for the administration was given without a token.',
    remedy: 'Give --admin-token, or leave --admin-port out.',
  },
  DA_NODE_ANCHOR: {
    cause: 'The transaction that anchors receipts on L2 failed.',
    remedy:
      'See the cause, and check that the node’s account has ether on L2. It is tried again, from ten seconds on up to the interval.',
  },
  DA_NODE_COMMITTEE: {
    cause: 'Neither a file of the committee nor an L1 with a registry of committees was given.',
    remedy:
      'Give --committee, or --l1-rpc-url and a deployment file with the contracts of the private store.',
  },
  DA_NODE_KEY: {
    cause: 'The file of a key of the node has no key in it.',
    remedy:
      'Restore it from a copy. With another key the node is another one: it has to join the committee anew.',
  },
  DA_NODE_OBJECTS: {
    cause: 'The place for the bytes of shards cannot be read.',
    remedy: 'Give a folder, s3://bucket/prefix, or s3+http://host:port/bucket/prefix.',
  },
} as const satisfies ErrorCatalogue

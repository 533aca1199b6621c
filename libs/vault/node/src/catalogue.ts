import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VAULT_BUSY: {
    cause:
      'A node of the private store was asked too much at once: by this client, or for too many things that it denies.',
    remedy: 'Ask again after a moment. A client that needs more is given more by --requests-per-minute.',
  },
  VAULT_CHALLENGES: {
    cause: 'The challenges of a storage node on L1 cannot be read.',
    remedy:
      'Check the JSON-RPC endpoint of L1: a challenge that is not answered in time costs the stake. It is tried again by itself.',
  },
  VAULT_COMMITTEE: {
    cause: 'The registry of committees on L1 cannot be read.',
    remedy: 'Check the JSON-RPC endpoint of L1 and the address of the registry in the deployment file.',
  },
  VAULT_CONFLICT: {
    cause: 'A part of a shard, a manifest or an order does not fit what the node has.',
    remedy:
      'See the message. For a shard go on at the offset in the header upload-offset; for a manifest take the next epoch.',
  },
  VAULT_DAMAGED: {
    cause: 'Bytes that a storage node keeps are not those that it was given.',
    remedy: 'None: the node computes them again from the other members of its committee. Check its disk.',
  },
  VAULT_ERASED: {
    cause: 'The object or blob was erased by its owner.',
    remedy: 'None: that is final.',
  },
  VAULT_FORBIDDEN: {
    cause: 'The signature is not that of somebody who may have this done.',
    remedy: 'Sign with the key of the project’s owner, or of a delegate that has the power for it on L2.',
  },
  VAULT_FULL: {
    cause: 'A storage node has no room for the shard, or too many unfinished ones.',
    remedy: 'Give it more with --capacity, or take another committee.',
  },
  VAULT_L2_UNSEEN: {
    cause: 'A node of the private store asked L2 and got no answer.',
    remedy: 'Check the JSON-RPC endpoint of L2. Until it answers, nothing is released.',
  },
  VAULT_METADATA: {
    cause: 'The PostgreSQL of a node does not answer, or belongs to another node.',
    remedy: 'See the cause. Give each node a database of its own.',
  },
  VAULT_METADATA_VERSION: {
    cause: 'The metadata was written by another version of the program.',
    remedy: 'Start the version that wrote it, or begin with empty metadata.',
  },
  VAULT_NOT_MOVED: {
    cause: 'The shares of a key could not be moved to another committee: nodes do not answer, or some lied.',
    remedy:
      'See the message. Start the nodes that it names and run it again: it goes on where it was. With too few old nodes the owner deals the key anew.',
  },
  VAULT_OBJECTS: {
    cause: 'The place where a storage node keeps bytes did not do what it was asked.',
    remedy: 'See the cause: credentials, network, or a disk that is full.',
  },
  VAULT_RECEIPTS_LOST: {
    cause:
      'The log of a key node lacks receipts that it has given out, or is another node’s: its metadata was restored from an old copy.',
    remedy:
      'Restore the newest metadata. Otherwise join the committee with a new key and empty metadata: going on would sign a sequence twice, which costs the stake.',
  },
  VAULT_SHREDDED: {
    cause: 'The key of a secret was destroyed, or the secret is damaged.',
    remedy: 'None for what was erased. For a damaged disk have the owner deal the key anew.',
  },
  VAULT_UNAVAILABLE: {
    cause:
      'A node cannot tell or do something at the moment: L2, L1 or its disk does not answer, or it is being drained.',
    remedy: 'Ask another node, or again later. It says nothing about what is there.',
  },
  VAULT_UNKNOWN: {
    cause: 'The node has not what it was asked for, and knows that.',
    remedy: 'Ask another member of the committee.',
  },
} as const satisfies ErrorCatalogue

import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  L1_ANSWER_TOO_LARGE: {
    cause: 'An L1 endpoint sends more than a node reads of one answer.',
    remedy:
      'None while smaller ranges follow by themselves. If it goes on, the endpoint is wrong or hostile: use another.',
  },
  L1_BAD_ANSWER: {
    cause: 'An L1 endpoint answers with something that is not JSON-RPC, or not the answer to what was asked.',
    remedy:
      'Check the URL of `--l1-rpc-url`: it must be the JSON-RPC of an execution client. Behind a proxy, look at what the proxy sends.',
  },
  L1_HEADER_INVALID: {
    cause: 'The hash of an L1 header is not that of its fields, or a field is missing.',
    remedy:
      'Use another L1 endpoint. If several say the same, L1 has a fork that this version does not know: update.',
  },
  L1_KZG: {
    cause: 'A transaction with blobs is to be sent, and the sender was made without KZG.',
    remedy:
      'Give the settlement the option `kzg` (`blobKzg` of `@animechain/da-blob`). The programs do so by themselves.',
  },
  L1_NONCE_OVERTAKEN: {
    cause:
      'Another transaction took the nonce: a reorg of L1, or another process that signs with the same key.',
    remedy: 'None after a reorg: the next step decides anew. Otherwise give each key to one process only.',
  },
  L1_NOT_MINED: {
    cause: 'A transaction was not mined although its fee was raised as often as allowed.',
    remedy:
      'Look at the fees of L1 and the balance of the key; raise `--max-fee-per-gas` or `--max-fee-per-blob-gas` if they hold it back. The service tries again by itself.',
  },
  L1_NO_QUORUM: {
    cause: 'Fewer L1 endpoints than demanded gave the same answer. The message has what each said.',
    remedy:
      'Check the endpoints of `--l1-rpc-url`: one may be down, behind, or on another chain. `--l1-quorum` says how many must agree.',
  },
  L1_PROOF_INVALID: {
    cause: 'A storage proof of L1 does not lead to the root of its block.',
    remedy: 'Use another L1 endpoint: this one gives wrong proofs, or none of the kind `eth_getProof` has.',
  },
} as const satisfies ErrorCatalogue

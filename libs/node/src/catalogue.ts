import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  ANNOUNCER_WRONG_KEY: {
    cause:
      'The key that signs block announcements is not the sequencer that SystemConfig names on L1, so that no node would believe it.',
    remedy:
      'Give `--block-signer-key` the key that SystemConfig names, or have the operator name this one (`setRole`). It goes on by itself; blocks are built and posted meanwhile.',
  },
  BATCHER_BLOCK_TOO_LARGE: {
    cause: 'A single block does not fit what the data availability takes.',
    remedy:
      'Lower `maxBlockBytes` of the sequencer, or use a backend that takes more. Blocks that were built already can be posted through another `--da`.',
  },
  BATCHER_DA_FAILOVER: {
    cause: 'The data availability says that it will not take data for now.',
    remedy: 'Start the sequencer with another `--da`; readers find batches wherever their commitment says.',
  },
  DERIVATION_DATA_UNAVAILABLE: {
    cause:
      'No reader has the data of a batch: the backend is away, forgot it (blobs are kept for about 18 days), or none is configured for its kind.',
    remedy:
      'Bring the backend back, or name one that has the data: `--l1-beacon-url` of an archive for blobs. Derivation waits and goes on by itself.',
  },
  DERIVATION_FINAL_CONFLICT: {
    cause: 'L1 shows no longer what it had finalised. Nothing that was final is undone.',
    remedy:
      'Check the L1 endpoint: it may be wrong, or of another chain. Where a development L1 was set back, start with `--undo-finalized`, or empty the data folder.',
  },
  DERIVATION_L1_BEHIND: {
    cause: 'L1 answers with an older head than was seen before: it is syncing, or was set back.',
    remedy: 'Wait until it has caught up, or use another endpoint. Nothing is undone.',
  },
  DERIVATION_L1_INCONSISTENT: {
    cause: 'Answers of L1 do not fit together for longer than a reorg lasts.',
    remedy:
      'Check the endpoint; give several to `--l1-rpc-url`. Nothing is derived from it until it makes sense.',
  },
  DERIVATION_L1_STALE: {
    cause: 'L1 has had no new block for long.',
    remedy: 'Check whether the endpoint still follows its chain. The node goes on by itself.',
  },
  DERIVATION_L1_UNCONFIRMED: {
    cause: 'The L1 endpoint says what would undo blocks, and gives no proof of it.',
    remedy:
      'None if L1 was reorganised: it is believed once it was said for some time. Otherwise use an endpoint with `eth_getProof`.',
  },
  NODE_BLOCK_UNKNOWN: {
    cause: 'A block was asked for that is not in the chain of this node.',
    remedy: 'Ask for a block up to the head; after a reorg ask again by number.',
  },
  NODE_FINALIZED: {
    cause: 'Something asks to go back behind a block that is final.',
    remedy:
      'None: it is refused on purpose. See `DERIVATION_FINAL_CONFLICT` for a development L1 that was set back.',
  },
  NODE_GENESIS_MISMATCH: {
    cause: 'The data folder belongs to another chain.',
    remedy: 'Use the data folder of this chain, or an empty one.',
  },
  NODE_NOT_ON_HEAD: {
    cause: 'A block was to be stored whose parent is not the head.',
    remedy: 'None for users: it is a fault of this project or of a custom service; report it.',
  },
  NODE_NOT_STARTED: {
    cause: 'The node was used before `start()`.',
    remedy: 'Wait for `start()` first.',
  },
  NODE_PROOF_INPUTS: {
    cause:
      'What a disputed block reads is not here: a batch that is not derived yet, or that L1 no longer has.',
    remedy:
      'Nothing, if the node is catching up or L1 reorganised: it is asked for again. Else run the `wasm` engine, and let it derive the chain from L1.',
  },
  NODE_STORE_CORRUPT: {
    cause: 'A block that must be in the store is not there.',
    remedy:
      'Restore the data folder from a copy. Without one move it aside: an empty folder is filled from L1 again, without what was not there yet.',
  },
  NODE_TOO_MANY_ASSERTIONS: {
    cause: 'More assertions are open on L1 than a node follows; the newest are not looked at yet.',
    remedy:
      'Resolve old assertions (`animechain-bridge resolve`). Somebody may be flooding L1 with them: each costs its bond.',
  },
  POOL_ACCOUNT_LIMIT: {
    cause:
      'One account has as many transactions in the pool as it may, in all, behind a nonce gap, or with a delegation.',
    remedy:
      'Wait for some to be included, or fill the gap. On the server: `--pool-max-per-account`, `--pool-max-queued-per-account`, `--pool-max-per-delegated-account`.',
  },
  POOL_ALREADY_KNOWN: {
    cause: 'The same transaction is in the pool or in a block already.',
    remedy: 'None: wait for its receipt.',
  },
  POOL_EMPTY_AUTHORIZATION_LIST: {
    cause: 'A transaction of type 4 has no authorization.',
    remedy: 'Add one, or send it as type 2.',
  },
  POOL_FEE_CAP_TOO_LOW: {
    cause: '`maxFeePerGas` is below the lowest base fee that the next blocks can have.',
    remedy: 'Raise `maxFeePerGas`.',
  },
  POOL_FLOOR_GAS: {
    cause: 'The gas limit is below the floor for its calldata (EIP-7623).',
    remedy: 'Raise the gas limit to the number in the message, or estimate it.',
  },
  POOL_FULL: {
    cause: 'The pool holds as many transactions as it may, and this one cannot take a place.',
    remedy:
      'Try again later, or offer a higher fee. On the server: `--pool-max-transactions`, `--pool-max-bytes`.',
  },
  POOL_GAS_LIMIT: {
    cause: 'The gas limit is above that of a block, or above the cap for one transaction (EIP-7825).',
    remedy: 'Lower the gas limit; split what needs more.',
  },
  POOL_INIT_CODE_TOO_LARGE: {
    cause: 'The creation code is longer than EIP-3860 allows.',
    remedy: 'Make the contract smaller, or split it.',
  },
  POOL_INSUFFICIENT_FUNDS: {
    cause:
      'The balance does not cover value, gas at `maxFeePerGas` and the L1 data fee of this transaction and those before it.',
    remedy: 'Deposit ether, or lower value, gas limit or fees.',
  },
  POOL_INTRINSIC_GAS: {
    cause: 'The gas limit is below what the transaction costs before its first instruction.',
    remedy: 'Raise the gas limit to the number in the message, or estimate it.',
  },
  POOL_INVALID_SENDER: {
    cause: 'No sender can be told from the signature.',
    remedy: 'Sign the transaction again.',
  },
  POOL_NONCE_MAX: {
    cause: 'The nonce is the largest there is, which EIP-2681 forbids.',
    remedy: 'Use the next nonce of the account.',
  },
  POOL_NONCE_TOO_LOW: {
    cause: 'A transaction with this nonce is in a block, or on its way into one.',
    remedy: 'Ask for the nonce again (`eth_getTransactionCount` with `pending`) and sign anew.',
  },
  POOL_NOT_REPLAY_PROTECTED: {
    cause: 'The transaction has no chain id (before EIP-155): anybody could send it on every chain.',
    remedy:
      'Sign it with the chain id. Where it is meant, start the sequencer with `--rpc-allow-unprotected-txs`.',
  },
  POOL_OVERSIZED: {
    cause: 'The transaction has more bytes than a transaction may have.',
    remedy: 'Make it smaller.',
  },
  POOL_REPLACEMENT_UNDERPRICED: {
    cause: 'A transaction with this nonce waits, and the new one does not raise both fees enough.',
    remedy:
      'Raise `maxFeePerGas` and `maxPriorityFeePerGas` by the percentage of `--pool-price-bump` (10 by default).',
  },
  POOL_TIP_ABOVE_FEE_CAP: {
    cause: '`maxPriorityFeePerGas` is higher than `maxFeePerGas`.',
    remedy: 'Lower the one or raise the other.',
  },
  POOL_TYPE_NOT_SUPPORTED: {
    cause: 'The transaction type is not taken: blobs (type 3) and deposits (type 126) cannot be sent to L2.',
    remedy: 'Use type 0, 1, 2 or 4.',
  },
  POOL_UNDECODABLE: {
    cause: 'The bytes are no transaction.',
    remedy: 'Send a signed transaction as hex of `type ‖ payload` or of a legacy RLP list.',
  },
  POOL_UNDERPRICED: {
    cause:
      'The priority fee is below the least that is taken, or the pool is full of transactions that pay more.',
    remedy: 'Raise `maxPriorityFeePerGas`. On the server: `--pool-min-tip`.',
  },
  POOL_WRONG_CHAIN_ID: {
    cause: 'The transaction is signed for another chain.',
    remedy: 'Sign it with the chain id in the message.',
  },
  VERIFIER_NOT_DETERMINISTIC: {
    cause:
      'Two executions of the same blocks on this machine differ: nothing is challenged on such a result.',
    remedy:
      'Check the memory of the machine, and the other engine with `--shadow`. Report it with both results.',
  },
} as const satisfies ErrorCatalogue

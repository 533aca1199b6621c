import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  BRIDGE_BUSY: {
    cause: 'Too many quotes of fast exits are asked for at once.',
    remedy: 'Ask again in some seconds.',
  },
  BRIDGE_FAST_APPROVAL: {
    cause:
      'The fee of a fast exit of a token is paid in the token, and FastExits may not take it from the payer.',
    remedy: 'Approve FastExits (`details.spender`) for `details.amount` of the token, and try again.',
  },
  BRIDGE_FAST_BAD_CERTIFICATE: {
    cause:
      'L1 does not take the certificate: its signatures, signers, epoch or fee are not as expected. It may have been posted by somebody else meanwhile.',
    remedy: 'Get the certificate anew (`getCertificate`), or finalise in the ordinary way.',
  },
  BRIDGE_FAST_CALL_FAILED: {
    cause:
      'The target of the withdrawal did not take the payment, so nothing was reserved and no fee was taken.',
    remedy: 'Give more gas, or finalise in the ordinary way, where the call may fail for good.',
  },
  BRIDGE_FAST_FINALIZED: {
    cause: 'The withdrawal was finalised before, by whichever way.',
    remedy: 'None: look at the balance of its receiver.',
  },
  BRIDGE_FAST_NONE: {
    cause: 'The chain has no verifier network on L1: its portal names no FastExits.',
    remedy: 'Finalise in the ordinary way.',
  },
  BRIDGE_FAST_NOT_INSURED: {
    cause:
      'The withdrawal is of no insured class (docs/spec/network.md, section 5): it carries a message, an NFT or extra data, or goes to a contract of the bridge.',
    remedy: 'Finalise in the ordinary way.',
  },
  BRIDGE_FAST_NOT_PROVEN: {
    cause: 'Nobody, or not the account that was named, has proven the withdrawal.',
    remedy: 'Prove it (`proveWithdrawal`), and name the account of the proof as `proofSubmitter`.',
  },
  BRIDGE_FAST_NO_COVER: {
    cause:
      'The amount is above what the stake of the signers covers now: in all, for one exit or within an hour. Or the token is not listed.',
    remedy:
      'Wait until others are released (the hour refills evenly), withdraw less at once, or finalise in the ordinary way.',
  },
  BRIDGE_FAST_NO_QUORUM: {
    cause:
      'Fewer than five verifiers, or less than two thirds of the weight, have attested to the assertion as far as was heard.',
    remedy:
      'Ask more verifiers, or again later; verifiers wait until L1 has finalised the assertion. The ordinary way remains.',
  },
  BRIDGE_FAST_PAUSED: {
    cause: 'The guardian has paused withdrawals, for a bounded time.',
    remedy: 'Wait: the ordinary way is paused too.',
  },
  BRIDGE_FAST_RIVAL: {
    cause: 'The assertion, or one that it continues, is disputed.',
    remedy:
      'Wait for the end of the dispute, or prove the withdrawal against an assertion that has no rival.',
  },
  BRIDGE_FAST_SETTLED: {
    cause: 'The certificate was settled, as a root is accepted for its batch.',
    remedy:
      'Finalise in the ordinary way; where another root was accepted, prove the withdrawal against that first.',
  },
  BRIDGE_FAST_TOO_YOUNG: {
    cause: 'The assertion has not stood for the least age of the network.',
    remedy: 'Try again in `details.secondsLeft` seconds.',
  },
  BRIDGE_FAST_WRONG_GAME: {
    cause: 'The game of the certificate is not the one of the proof, or does not stand.',
    remedy: 'Take the game of the proof; where it has lost, prove the withdrawal against another.',
  },
  BRIDGE_STEP_REVERTED: {
    cause: 'A proving or finalising transaction of the relayer reverted on L1.',
    remedy:
      'None at first: the bridge looks again and repeats the step. If it goes on, the status of the withdrawal says why, and its owner can finish it with `animechain-bridge`.',
  },
  BRIDGE_WITHDRAWAL_GONE: {
    cause: 'After a reorg the transaction on L2 no longer makes this withdrawal.',
    remedy: 'Look whether the transaction is in the chain again; otherwise send the withdrawal again.',
  },
  BRIDGE_WRONG_CHAIN: {
    cause: 'The endpoint of L1 or L2 has another chain id than the deployment.',
    remedy: 'Correct `--l1-rpc-url`, `--l2-rpc-url` or `--deployment`.',
  },
} as const satisfies ErrorCatalogue

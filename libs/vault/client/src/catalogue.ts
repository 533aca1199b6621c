import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VAULT_BAD_DOCUMENT: {
    cause:
      "The project's index or ledger opens, and is not of its form: another version wrote it, or somebody else.",
    remedy: 'Read it with the version that wrote it. The objects themselves are not touched.',
  },
  VAULT_BAD_FILE: {
    cause: 'A file that was given (a pass, receipts) is no JSON of its form.',
    remedy: 'Take it again from whoever wrote it.',
  },
  VAULT_BAD_STATE: {
    cause: 'The recorded state of the chain for an offline audit is not of its form.',
    remedy: 'Collect it again: `vault audit --collect <folder>`.',
  },
  VAULT_OVERTAKEN: {
    cause: 'Somebody else put the same object, or the index, at the same time, several times in a row.',
    remedy: 'Do it again. Nothing of what the others put is lost.',
  },
  VAULT_CONTENT_CHANGED: {
    cause:
      'The file changed while it was put. It is sealed in one pass and sent in another, which must be the same.',
    remedy: 'Put it again when nobody writes to it.',
  },
  VAULT_DENIED: {
    cause: 'The key nodes decided that the account may not open this. The message has the reason of each.',
    remedy:
      'Ask the owner for a grant for the object, rendition and purpose; sign a new session where the old one is over.',
  },
  VAULT_NOT_DEALT: {
    cause: 'Fewer key nodes than the threshold took their share: nobody but the owner could open the object.',
    remedy:
      'The message has what each said. Put again once enough of them answer; bytes that were sent are not sent again.',
  },
  VAULT_NOT_FOUND: {
    cause: 'The project has no object of this name or id, or no such rendition of it.',
    remedy: 'Look at `vault ls`. What was erased does not come back.',
  },
  VAULT_NOT_GIVER: {
    cause: 'A grant is passed on by the account that it was given to; the signer is another.',
    remedy: 'Sign with that account.',
  },
  VAULT_NO_OWNER_KEY: {
    cause: "What was asked needs the owner's X25519 key, which opens every wrap.",
    remedy: 'Give the key file of the owner, or, to read, a pass.',
  },
  VAULT_NO_PASS: {
    cause: "To read, key nodes must be shown a grant, and there is neither a pass nor the owner's key.",
    remedy: 'Give the pass that the owner made with `vault grant`.',
  },
  VAULT_NO_RECEIPTS: {
    cause: 'No key node showed its receipts. The message has what each said.',
    remedy: 'Only the owner and delegates with the power to read may see them; else wait until nodes answer.',
  },
  VAULT_NO_WALLET: {
    cause: 'The command is a transaction on L2 and there is no wallet to send it with.',
    remedy: 'Give a key with ether on L2.',
  },
  VAULT_OTHER_POLICY: {
    cause: "The project's policy is not the one that this kind of grant is for.",
    remedy: 'Use `grant` for projects with `Grants`, `grantBlind` for those with `BlindGrants`.',
  },
  VAULT_REVERTED: {
    cause: 'A transaction of the store was included and reverted.',
    remedy: 'Check that the account is the owner or a delegate with the power that it takes.',
  },
  VAULT_SESSION: {
    cause: 'There is no session and the wallet did not sign one, or not in time.',
    remedy: 'Sign the session when the wallet asks: once for eight hours.',
  },
  VAULT_STATE_MISSING: {
    cause: 'The recorded state of the chain lacks an answer that the receipts need.',
    remedy: 'Collect receipts and state again, at one time.',
  },
  VAULT_TOO_FEW_NODES: {
    cause: 'Too few key nodes answered to know which manifest is the newest.',
    remedy: "Wait until they answer. With a copy of the manifest the owner's key opens it all the same.",
  },
  VAULT_TOO_FEW_SHARES: {
    cause: 'Fewer key nodes than the threshold released a right share: some cannot be reached, or lied.',
    remedy: "The message has what each said. Try again later; the owner's key opens without them.",
  },
  VAULT_UNKNOWN_PROJECT: {
    cause: 'The registry has no such project on this chain.',
    remedy: 'Check the id and the chain; make one with `vault init`.',
  },
  VAULT_WIDER_GRANT: {
    cause: 'A grant that passes another one on may be nowhere wider than it.',
    remedy: 'Narrow what the message names.',
  },
} as const satisfies ErrorCatalogue

import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  VAULT_BAD_SUBJECT: {
    cause: 'Bytes that should name an account (ERC-7930) name none, or not in their shortest form.',
    remedy: 'Make them with `accountSubject`.',
  },
  VAULT_BAD_EVIDENCE: {
    cause: 'The evidence of a request is not the ABI encoding of grants and a path, or not its only form.',
    remedy: 'Make it with `encodeEvidence`.',
  },
  VAULT_MALFORMED: {
    cause:
      'A message of the private store is not of its shape: a field is missing, unknown, or of another type.',
    remedy: 'The message names the field and what was expected: docs/spec/vault.md, sections 4 and 7.',
  },
  VAULT_BAD_COMMITTEE: {
    cause: 'The file of a committee (committee.json) is no JSON, or a field of it is missing or wrong.',
    remedy: 'Take it again from whoever runs the committee; the message names the field.',
  },
} as const satisfies ErrorCatalogue

import { BaseError } from '@animechain/core'

/** Too few members certified a batch. */
export const tooFewSignatures = (wanted: number, got: number): BaseError =>
  new BaseError('Too few members of the committee certify the batch.', {
    code: 'DA_PRIVATE_UNCERTIFIED',
    docsPath: '/spec/vault.md',
    metaMessages: [`Expected ${wanted} signatures, got ${got}.`],
  })

/** The view key is not the chain's. */
export const foreignViewKey = (expected: string, got: string): BaseError =>
  new BaseError('The view key is not that of this chain.', {
    code: 'DA_PRIVATE_VIEW_KEY',
    docsPath: '/guides/confidential.md',
    metaMessages: [`Expected one with the key root ${expected}, as the adapter on L1 has it, got ${got}.`],
  })

/** What a committee gave is not what it certified. */
export const falseBody = (): BaseError =>
  new BaseError('The committee gave other ciphertext than the commitment names.', {
    code: 'DA_PRIVATE_FALSE_BODY',
    docsPath: '/guides/confidential.md',
  })

/** Writing needs what this backend was not given. */
export const cannotWrite = (what: string): BaseError =>
  new BaseError(`Expected ${what} to post batches with.`, {
    code: 'DA_PRIVATE_READER',
    docsPath: '/guides/confidential.md',
  })

import { BaseError, type Hash } from '@animechain/core'

/** docs of what happens then */
const docsPath = '/spec/network.md'

export const damaged = (path: string, why: string, cause?: unknown): BaseError =>
  new BaseError('The log of signatures is damaged.', {
    code: 'NETWORK_LOG_DAMAGED',
    docsPath,
    cause,
    metaMessages: [
      `File: ${path}: ${why}.`,
      'No crash leaves this behind. Nothing was changed. Without the log nobody knows what the key has signed: begin a new one above every batch that is asserted on L1.',
    ],
  })

export const rolledBack = (path: string, why: string): BaseError =>
  new BaseError('The log of signatures is not the newest one: nothing is signed with it.', {
    code: 'NETWORK_LOG_ROLLED_BACK',
    docsPath,
    metaMessages: [
      `File: ${path}: ${why}.`,
      'An old copy was restored, or another process signs with the same key. Begin a new log above every batch that is asserted on L1, once no other process has the key.',
    ],
  })

export const frozen = (batchIndex: bigint): BaseError =>
  new BaseError('Nothing new is signed: the key has signed what its log does not know.', {
    code: 'NETWORK_LOG_FROZEN',
    docsPath,
    metaMessages: [
      `An attestation of the key to batch ${batchIndex} was seen that is not in the log: the log is an old copy, or another process has the key.`,
      'Once no other process has the key, raise the floor above every batch that is asserted on L1.',
    ],
  })

export const belowFloor = (batchIndex: bigint, floor: bigint): BaseError =>
  new BaseError(`Batch ${batchIndex} is not signed: expected one from ${floor} on.`, {
    code: 'NETWORK_BELOW_FLOOR',
    docsPath,
    metaMessages: ['What the key signed below is not known to this log.'],
  })

export const signedOther = (batchIndex: bigint, signed: Hash, asked: Hash): BaseError =>
  new BaseError(
    `The key has attested to another output root of batch ${batchIndex}: it signs no second one.`,
    {
      code: 'NETWORK_SIGNED_OTHER',
      docsPath,
      metaMessages: [`Signed: ${signed}`, `Asked for: ${asked}`],
    },
  )

export const broken = (path: string, cause: unknown): BaseError =>
  new BaseError('The log of signatures cannot be written: nothing is signed.', {
    code: 'NETWORK_LOG_BROKEN',
    docsPath,
    cause,
    metaMessages: [`File: ${path}`, 'Correct the disk and start again: what was given out is there.'],
  })

export const closed = (path: string): BaseError =>
  new BaseError('The log of signatures is not open.', {
    code: 'NETWORK_LOG_CLOSED',
    metaMessages: [`File: ${path}`],
  })

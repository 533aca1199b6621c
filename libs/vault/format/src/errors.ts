import { BaseError } from '@animechain/core'

/** Bytes of the trailer that tells the length of the content. */
export const TRAILER_BYTES = 8

export const badHeader = (why: string): BaseError =>
  new BaseError(`Expected the header of a sealed file: ${why}.`, {
    code: 'VAULT_BAD_HEADER',
    docsPath: '/spec/vault.md',
  })

export const wrongKey = (): BaseError =>
  new BaseError('Expected the data key that the header commits to, got another one.', {
    code: 'VAULT_WRONG_KEY',
  })

export const badChunk = (index: number): BaseError =>
  new BaseError(
    `Chunk ${index} does not open: its bytes were changed, or it is another chunk, or the file ends elsewhere.`,
    { code: 'VAULT_BAD_CHUNK' },
  )

export const truncated = (expected: string, got: number): BaseError =>
  new BaseError(`Expected ${expected}, got ${got} bytes: the sealed file is cut.`, {
    code: 'VAULT_TRUNCATED',
  })

export const badPadding = (why: string): BaseError =>
  new BaseError(`Expected padded content: ${why}.`, { code: 'VAULT_BAD_PADDING' })

export const tooFewUnits = (stripe: string, have: number): BaseError =>
  new BaseError(`Expected 3 of the 5 units of ${stripe}, got ${have}: the rest cannot be computed.`, {
    code: 'VAULT_TOO_FEW_UNITS',
  })

export const badShare = (why: string, cause?: unknown): BaseError =>
  new BaseError(`Expected shares of a data key: ${why}.`, { code: 'VAULT_BAD_SHARE', cause })

export const badWrap = (what: string, cause?: unknown): BaseError =>
  new BaseError(`${what} does not open: it is for another key or another purpose, or was changed.`, {
    code: 'VAULT_BAD_WRAP',
    cause,
  })

export const tooLong = (limit: number): BaseError =>
  new BaseError(`Expected content of at most ${limit} bytes, got more.`, { code: 'VAULT_TOO_LONG' })

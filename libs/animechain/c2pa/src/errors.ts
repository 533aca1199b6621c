import { BaseError } from '@animechain/core'

const docsPath = '/spec/animechain-media.md'

export const badMedia = (format: string, why: string): BaseError =>
  new BaseError(`Expected a file of ${format}: ${why}.`, { code: 'MEDIA_MALFORMED', docsPath })

export const unknownMedia = (got: string): BaseError =>
  new BaseError(`Expected a PNG, JPEG, WebP or MP4 file, got one that starts with ${got}.`, {
    code: 'MEDIA_UNKNOWN',
    docsPath,
  })

export const tooLarge = (what: string, most: number, got: number): BaseError =>
  new BaseError(`Expected ${what} of at most ${most}, got ${got}.`, { code: 'MEDIA_TOO_LARGE', docsPath })

export const notSigned = (why: string, cause?: unknown): BaseError =>
  new BaseError(`The manifest was not signed: ${why}.`, { code: 'C2PA_NOT_SIGNED', docsPath, cause })

export const badManifest = (why: string, cause?: unknown): BaseError =>
  new BaseError(`The manifest cannot be read: ${why}.`, { code: 'C2PA_BAD_MANIFEST', docsPath, cause })

export const notStarted = (why: string, cause?: unknown): BaseError =>
  new BaseError(`The library of C2PA did not start: ${why}.`, { code: 'C2PA_NOT_STARTED', docsPath, cause })

export const refusedFile = (reason: string, expected: string, got: string): BaseError =>
  new BaseError(`The file is not accepted (${reason}): expected ${expected}, got ${got}.`, {
    code: 'C2PA_REFUSED',
    docsPath,
  })

export const otherRecord = (vaultAsset: string): BaseError =>
  new BaseError(`The store has another manifest of ${vaultAsset}: an output is recorded once.`, {
    code: 'C2PA_OTHER_RECORD',
    docsPath,
  })

export const badCertificate = (why: string, cause?: unknown): BaseError =>
  new BaseError(`Expected certificates in PEM: ${why}.`, { code: 'C2PA_BAD_CERTIFICATE', docsPath, cause })

export const badRecord = (path: string, why: string, cause?: unknown): BaseError =>
  new BaseError(`Expected a record of the store of manifests in ${path}: ${why}.`, {
    code: 'C2PA_BAD_RECORD',
    docsPath,
    cause,
  })

const FAILURE = /code: "([^"]*)"[^{}]*?explanation: Some\("([^"]*)"\)[^{}]*?kind: Failure/g
const MOST_CHARACTERS = 300

/**
 * Why the library refused. It throws texts or errors; after signing a text of all that was checked, of which only what failed is of use. That
 * nobody trusts a signer is not why, for signing has no trust list.
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const failures = [...text.matchAll(FAILURE)].filter(([, code]) => code !== 'signingCredential.untrusted')
  const said = failures.length > 0 ? failures.map(([, code, why]) => `${code}: ${why}`).join('; ') : text
  return said.slice(0, MOST_CHARACTERS).replace(/\.$/, '')
}

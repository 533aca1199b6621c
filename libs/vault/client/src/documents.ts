import { BaseError, isBaseError, type Hash } from '@animechain/core'
import { numberToHex } from 'viem'
import type { VaultContext } from './context.js'
import type { VaultFile } from './files.js'
import { knownManifest, objectOf, type Known } from './manifests.js'
import { bytesContent, putRendition } from './put.js'

/** Bytes of a document at most. */
const MAX_DOCUMENT = 64 * 1024 * 1024
/** Times that a change is made anew where others change the document too. */
const TRIES = 6

/** Of two that put one epoch at the same time, perhaps neither gets enough nodes. */
const RACES = ['VAULT_OVERTAKEN', 'VAULT_NOT_DEALT']

/** Path of the index and the ledger below their project. */
export const indexPath: readonly Hash[] = [numberToHex(0, { size: 32 })]
/** Rendition of the ledger: grants and what they are called. For the owner alone. */
export const ledgerRendition = 254

/** How a document is opened. */
export type OpenDocument = (project: Hash, rendition: number, known: Known) => Promise<VaultFile>

/** Reads a document: undefined where there is none. @throws {BaseError} `VAULT_BAD_DOCUMENT` */
export async function readDocument<T>(
  context: VaultContext,
  open: OpenDocument,
  { project, rendition, read }: { project: Hash; rendition: number; read: (json: unknown) => T },
): Promise<{ document: T | undefined; known: Known }> {
  const known = await knownManifest(context, { project, path: indexPath, rendition })
  if (!known.manifest) return { document: undefined, known }
  const file = await open(project, rendition, known)
  const bad = (cause: unknown) =>
    new BaseError('What stands in the project as its index cannot be read.', {
      code: 'VAULT_BAD_DOCUMENT',
      cause,
    })
  if (file.length > MAX_DOCUMENT)
    throw bad(new Error(`expected at most ${MAX_DOCUMENT} bytes, got ${file.length}`))
  const bytes = await file.read(0, file.length)
  try {
    return { document: read(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))), known }
  } catch (cause) {
    throw bad(cause)
  }
}

/**
 * Changes a document: reads it, lets `change` make the next one, and puts that as the next epoch. Where somebody else put an epoch first, all of it is done
 * anew with what they wrote.
 * @throws {BaseError} `VAULT_OVERTAKEN` where that happened six times
 */
export async function changeDocument<T>(
  context: VaultContext,
  open: OpenDocument,
  options: {
    project: Hash
    rendition: number
    read: (json: unknown) => T
    write: (document: T) => string
    change: (document: T | undefined) => T
    /** have the bytes before it deleted */
    supersede?: boolean
  },
): Promise<T> {
  const { project, rendition, write, change, supersede } = options
  const place = { project, path: indexPath, rendition }
  for (let attempt = 1; ; attempt++) {
    const { document, known } = await readDocument(context, open, options)
    const next = change(document)
    const content = bytesContent(new TextEncoder().encode(write(next)))
    try {
      await putRendition(context, { ...place, object: objectOf(place) }, content, { known, supersede })
      return next
    } catch (error) {
      if (!isBaseError(error) || !RACES.includes(error.code) || attempt === TRIES) throw error
      // Two writers that met once should not meet again.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100 * 2 ** attempt))
    }
  }
}

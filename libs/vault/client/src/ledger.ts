import type { Hash } from '@animechain/core'
import type { VaultContext } from './context.js'
import { changeDocument, indexPath, ledgerRendition, readDocument, type OpenDocument } from './documents.js'
import { openPlace } from './objects.js'
import { documentToJson, emptyLedger, ledgerFromJson, type Ledger } from './projectIndex.js'

const opener =
  (context: VaultContext): OpenDocument =>
  (project, rendition, known) =>
    openPlace(context, { project, path: indexPath, rendition }, { known })

const ledgerDocument = (project: Hash) =>
  ({ project, rendition: ledgerRendition, read: ledgerFromJson, write: documentToJson }) as const

/** What the owner remembers of the grants of a project. */
export async function readLedger(context: VaultContext, project: Hash): Promise<Ledger> {
  const { document } = await readDocument(context, opener(context), ledgerDocument(project))
  return document ?? emptyLedger
}

/** Changes that. @param change gets the newest one, more than once where others change it too */
export const changeLedger = (
  context: VaultContext,
  project: Hash,
  change: (ledger: Ledger) => Ledger,
): Promise<Ledger> =>
  changeDocument(context, opener(context), {
    ...ledgerDocument(project),
    change: (ledger) => change(ledger ?? emptyLedger),
  })

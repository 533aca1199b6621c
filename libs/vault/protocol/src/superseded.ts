import type { Hash } from '@animechain/core'
import type { SupersedeBody } from './api.js'
import { childId, objectAt } from './identity.js'
import { messageHash, type Manifest } from './messages.js'
import type { VaultDomain } from './typedData.js'

/** Where a blob is put aside: an object below its own whose salt is the blob's id, so that an `Erase` of it touches nothing else. docs/spec/vault.md, section 4 */
export const retiredObject = (object: Hash, blob: Hash): Hash => childId(object, blob)

/** Whether a manifest is a retirement: no share is of it, so that no key node ever takes it for a rendition. */
export const isRetirement = ({ threshold, shareCommitments }: Manifest): boolean =>
  threshold === 0 && shareCommitments.length === 0

/**
 * What the owner signs to have one blob deleted that a newer manifest supersedes. With an `Erase` of its object it is what L1's `AvailabilityChallenge` takes as
 * an answer for the blob.
 * @param createdAt seconds
 */
export const retirementOf = (
  domain: VaultDomain,
  before: Manifest,
  newer: Manifest,
  createdAt: bigint,
): Manifest => ({
  ...before,
  object: retiredObject(before.object, before.blob),
  path: [...before.path, before.blob],
  threshold: 0,
  shareCommitments: [],
  ownerWrap: messageHash(domain, 'Manifest', newer),
  createdAt,
})

/** What is wrong with an order to delete a blob that is superseded, apart from its signatures: a sentence, or undefined. */
export function supersedeFault(
  domain: VaultDomain,
  { erase, retirement, newer }: SupersedeBody,
): string | undefined {
  const { project, object, path, blob, rendition, epoch, ownerWrap } = retirement.message
  const { message: next } = newer
  if (!isRetirement(retirement.message) || path.at(-1) !== blob || objectAt(project, path) !== object)
    return 'expected a retirement, whose object is below its own by the id of the blob'
  if (erase.message.project !== project || erase.message.object !== object)
    return `expected an order to erase ${object}, and nothing else`
  if (ownerWrap !== messageHash(domain, 'Manifest', next))
    return 'expected the newer manifest that the retirement names'
  const isOfObject =
    next.project === project &&
    next.rendition === rendition &&
    next.object === objectAt(project, path.slice(0, -1)) &&
    objectAt(project, next.path) === next.object
  if (!isOfObject || isRetirement(next)) return 'expected a newer manifest of the same object and rendition'
  if (next.blob === blob || next.epoch <= epoch)
    return `expected a newer manifest with another blob and an epoch above ${epoch}, got ${next.epoch}`
  return undefined
}

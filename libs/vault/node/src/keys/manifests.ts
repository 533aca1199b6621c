import { hexToBytes, type Address, type Hash, type Hex } from '@animechain/core'
import { isOpening, openDeal, SHARE_BYTES, type KeyPair } from '@animechain/vault-format'
import {
  maxPathDepth,
  messageHash,
  objectAt,
  type Manifest,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committees } from '../committees.js'
import { conflict, erased, malformed, unavailable } from '../http/refusal.js'
import { locks } from '../locks.js'
import type { HeldShare, ShareStore } from './shareStore.js'

/** How far a message's time may be ahead of the node's clock, seconds. */
export const LATE = 60n
const MAX_WRAP_BYTES = 1_024
/** Epochs that one manifest may be ahead of the one before it. */
const EPOCHS_AHEAD = 1_024

/** The parts of a manifest that hold whoever signed it. @throws {Refusal} */
export function expectSound(manifest: Manifest, index: number, now: bigint): void {
  const { project, object, path, epoch, version, rendition, threshold, shareCommitments, ownerWrap } =
    manifest
  if (path.length > maxPathDepth || objectAt(project, path) !== object)
    throw malformed(`Expected a path of at most ${maxPathDepth} salts from the project to the object.`)
  if (rendition > 255 || epoch < 1 || version < 1)
    throw malformed('Expected epoch and version from 1, rendition to 255.')
  if (threshold < 2 || threshold > shareCommitments.length)
    throw malformed(`Expected a threshold from 2 to ${shareCommitments.length}, got ${threshold}.`)
  if (index < 1 || index > shareCommitments.length)
    throw malformed(`Expected a share from 1 to ${shareCommitments.length}, got ${index}.`)
  if (ownerWrap.length > 2 + 2 * MAX_WRAP_BYTES)
    throw malformed(`Expected a wrap of at most ${MAX_WRAP_BYTES} bytes.`)
  if (manifest.createdAt > now + LATE) throw malformed('The manifest is from the future.')
}

/** Whoever has seen a manifest must not be able to overwrite a share with it. @throws {Refusal} */
export function expectNewer(
  { epoch, committee }: Pick<Manifest, 'epoch' | 'committee'>,
  before: HeldShare | undefined,
): void {
  const from = before?.manifest.message.epoch ?? 0
  const of = before?.shareSet?.message.committee ?? before?.manifest.message.committee ?? 0n
  if (epoch < from || (epoch === from && committee <= of))
    throw conflict(
      `Expected an epoch of the key above ${from}, or this one with a committee above ${of}; got ${epoch} and ${committee}.`,
    )
  if (epoch > from + EPOCHS_AHEAD)
    throw conflict(`Expected an epoch of at most ${from + EPOCHS_AHEAD}, got ${epoch}.`)
}

/** A share that its owner deals to this node, with everything that is needed to take it. */
export interface Dealt {
  manifest: Signed<Manifest>
  index: number
  sealedShare: Hex
}

/** Takes shares from owners. */
export function manifestTaker(parts: {
  shares: ShareStore
  committees: Committees
  node: Address
  shareKey: KeyPair
  domain: VaultDomain
}) {
  const { shares, committees, node, shareKey, domain } = parts
  const locked = locks()

  /** A share is for the seat that this node has in the manifest's committee. @throws {Refusal} */
  async function expectSeat(
    { committee, threshold, shareCommitments }: Manifest,
    index: number,
  ): Promise<void> {
    const found = await committees.at(committee, 'keys').catch((error: unknown) => {
      throw unavailable('The committees cannot be read at the moment.', error)
    })
    if (found?.members[index - 1]?.key !== node)
      throw malformed(`Expected the index of this node's seat in committee ${committee}, got ${index}.`)
    if (found.threshold !== threshold || found.members.length !== shareCommitments.length)
      throw malformed(
        `Expected ${found.threshold} of ${found.members.length} shares, as the committee has it, got ${threshold} of ${shareCommitments.length}.`,
      )
  }

  async function opened({ manifest: { message }, index, sealedShare }: Dealt): Promise<Uint8Array> {
    const { object, rendition, epoch, committee, shareCommitments } = message
    const id = { object, rendition, epoch }
    const dealt = { id, committee, index, sealed: hexToBytes(sealedShare), privateKey: shareKey.privateKey }
    const opening = await openDeal(dealt).catch((error: unknown) => {
      throw malformed('The share is not sealed to this node for this committee.', error)
    })
    const isIt = isOpening(id, index, opening, shareCommitments[index - 1]!)
    // Its x is its index: another one could not be dealt on.
    if (isIt && opening[SHARE_BYTES - 1] === index) return opening
    opening.fill(0)
    throw malformed(`The share is not the one of commitment ${index}.`)
  }

  return {
    /** @param expectSigned throws unless the owner or a delegate signed */
    async take(dealt: Dealt, now: bigint, expectSigned: () => Promise<void>): Promise<void> {
      const { message } = dealt.manifest
      const { project, object, rendition } = message
      expectSound(message, dealt.index, now)
      if (await shares.isErased(project, object, message.path)) throw erased('The object was erased.')
      const manifestHash: Hash = messageHash(domain, 'Manifest', message)
      const before = await shares.newest(object, rendition)
      if (before?.manifestHash === manifestHash) {
        if (await shares.held(object, rendition)) return
        // The share of this manifest was dealt on, or lost: only another manifest brings another.
        throw conflict('The share of this manifest is not here any more.')
      }
      expectNewer(message, before)
      await expectSeat(message, dealt.index)
      await expectSigned()
      const opening = await opened(dealt)
      try {
        await locked(`${object}/${rendition}`, async () => {
          // Another one may have come while this one was looked at: of two for one epoch the first stays.
          const now = await shares.newest(object, rendition)
          if (now?.manifestHash === manifestHash) return
          expectNewer(message, now)
          await shares.put({ manifest: dealt.manifest, manifestHash, index: dealt.index }, opening)
        })
      } finally {
        opening.fill(0)
      }
    },
  }
}

import { bytesToHex, concatBytes, hexToBytes, type Address, type Hash, type Hex } from '@animechain/core'
import {
  isOpening,
  isZeroSharing,
  openReshare,
  reshareZeros,
  sealReshare,
  shareCommitment,
  SHARE_BYTES,
  type KeyPair,
} from '@animechain/vault-format'
import {
  fieldsOf,
  hexOf,
  integerOf,
  listOf,
  messageFromJson,
  messageHash,
  shareSetFromJson,
  signedFromJson,
  signMessage,
  toJson,
  uintOf,
  type Combined,
  type CombineAnswer,
  type Dealing,
  type Manifest,
  type MessageName,
  type MessageOf,
  type MessageSigner,
  type ReshareAnswer,
  type ShareHeldAnswer,
  type ShareSet,
  type Signed,
  type SignedShareSet,
  type SignSetAnswer,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committee, Committees } from '../committees.js'
import { conflict, erased, forbidden, malformed, unavailable, unknown } from '../http/refusal.js'
import { locks } from '../locks.js'
import type { MetadataStore } from '../metadata/store.js'
import { asHashes, combinedOpening, dealingOf, keyOf, setOf } from './dealing.js'
import { expectNewer, expectSound } from './manifests.js'
import { committeeOf, type HeldShare, type ShareStore } from './shareStore.js'
import type { Signers } from './signers.js'

/** What moving shares to another committee needs. docs/spec/vault.md 3.3 */
export interface ReshareParts {
  shares: ShareStore
  metadata: MetadataStore
  committees: Committees
  node: Address
  signer: MessageSigner
  shareKey: KeyPair
  domain: VaultDomain
  who: Pick<Signers, 'key'>
  seconds: () => bigint
}

/** The steps of a change of members, as one key node does its part in them. All may be repeated. */
export interface Resharer {
  deal(json: unknown): Promise<ReshareAnswer>
  combine(json: unknown): Promise<CombineAnswer>
  sign(json: unknown): Promise<SignSetAnswer>
  take(json: unknown): Promise<ShareHeldAnswer>
  handOver(json: unknown): Promise<void>
}

const zeroHash: Hash = `0x${'00'.repeat(32)}`
const signedKey = (manifest: Hash, committee: bigint) => `signed-set/${manifest}/${committee}`

/** Dealings that belong together, and who dealt them. */
interface Dealings {
  manifest: Signed<Manifest>
  manifestHash: Hash
  from: Committee
  to: Committee
  /** of this node, from 1 */
  index: number
  dealings: readonly { hash: Hash; dealing: Dealing }[]
  sealed: readonly Hex[]
}

/** Committees and signatures, as the steps ask about them. */
function checks({ committees, who, node }: ReshareParts) {
  const ask = <T>(asked: Promise<T>): Promise<T> =>
    asked.catch((error: unknown) => {
      throw unavailable('The committees cannot be read at the moment.', error)
    })
  async function at(epoch: bigint): Promise<Committee> {
    const found = await ask(committees.at(epoch, 'keys'))
    if (found === undefined) throw malformed(`There is no committee ${epoch} of key nodes.`)
    return found
  }
  /** Nobody deals to another committee than the one that L1 shows, for good, as the current one. */
  async function current(epoch: bigint): Promise<Committee> {
    const now = await ask(committees.finalized())
    if (now !== epoch) throw conflict(`Expected the current committee ${now}, got ${epoch}.`)
    return at(epoch)
  }
  async function expectSigner<name extends MessageName>(
    name: name,
    signed: Signed<MessageOf<name>>,
    key: Address | undefined,
  ): Promise<void> {
    const signer = await who.key(name, signed)
    if (key === undefined || signer !== key)
      throw forbidden(`Expected a ${name} signed by ${key ?? 'a member'}, got one of ${signer ?? 'nobody'}.`)
  }
  /** A share set counts with the signatures of as many who dealt it as their threshold. */
  async function expectSet({
    message,
    signatures,
  }: SignedShareSet): Promise<{ from: Committee; to: Committee }> {
    if (message.from >= message.committee) throw malformed('Expected shares for a later committee.')
    const [from, to] = [await at(message.from), await at(message.committee)]
    const left = new Set(from.members.map(({ key }) => key))
    let signed = 0
    for (const signature of signatures) {
      const signer = await who.key('ShareSet', { message, signature })
      if (signer && left.delete(signer)) signed++
    }
    if (signed < from.threshold)
      throw forbidden(`Expected ${from.threshold} signatures of committee ${from.epoch}, got ${signed}.`)
    return { from, to }
  }
  const seatIn = (to: Committee): number => {
    const index = to.members.findIndex(({ key }) => key === node) + 1
    if (index === 0) throw conflict(`The node is not of committee ${to.epoch}.`)
    return index
  }
  return { at, current, expectSigner, expectSet, seatIn }
}

/** Reads dealings, and holds them against each other and their committee. */
function dealingsReader(
  { domain }: ReshareParts,
  { at, current, expectSigner, seatIn }: ReturnType<typeof checks>,
) {
  return async (fields: Record<'manifest' | 'dealings' | 'sealed', unknown>): Promise<Dealings> => {
    const manifest = signedFromJson('Manifest', fields.manifest, 'body.manifest')
    const signed = listOf(fields.dealings, 'body.dealings', (each, path) =>
      signedFromJson('Dealing', each, path),
    )
    const sealed = listOf(fields.sealed, 'body.sealed', (each, path) => hexOf(each, path))
    const first = signed[0]?.message
    if (first === undefined || signed.length !== sealed.length)
      throw malformed('Expected dealings, and a sealed sub-share of each.')
    const manifestHash = messageHash(domain, 'Manifest', manifest.message)
    const to = await current(first.to)
    const from = await at(first.from)
    const isOwn = first.set === zeroHash
    const begins = manifest.message.committee
    if (
      first.manifest !== manifestHash ||
      first.from >= first.to ||
      (isOwn ? first.from !== begins : first.from <= begins)
    )
      throw malformed('Expected dealings of shares of this manifest, from its committee or one since.')
    const seen = new Set<number>()
    for (const each of signed) {
      const { message } = each
      const isLike =
        message.manifest === first.manifest &&
        message.set === first.set &&
        message.from === first.from &&
        message.to === first.to &&
        message.threshold === to.threshold &&
        message.commitments.length === to.members.length
      if (!isLike || seen.has(message.index))
        throw malformed('Expected dealings of one share set for one committee, each of another node.')
      seen.add(message.index)
      await expectSigner('Dealing', each, from.members[message.index - 1]?.key)
    }
    const dealings = signed.map(({ message }) => ({
      hash: messageHash(domain, 'Dealing', message),
      dealing: message,
    }))
    const used = dealings.slice(0, from.threshold).map(({ dealing }) => dealing.index)
    if (used.length < from.threshold || used.some((index, i) => i > 0 && index < used[i - 1]!))
      throw malformed(`Expected ${from.threshold} dealings by index first.`)
    return { manifest, manifestHash, from, to, index: seatIn(to), dealings, sealed }
  }
}

/** The sub-shares that a node was dealt; undefined where one is not what its dealer committed to. */
async function opened({ shareKey }: ReshareParts, { manifest, index, dealings, sealed }: Dealings) {
  const id = keyOf(manifest.message)
  return Promise.all(
    dealings.map(async ({ hash, dealing }, i) => {
      const asked = { dealing: hash, index, sealed: hexToBytes(sealed[i]!), privateKey: shareKey.privateKey }
      const opening = await openReshare(asked).catch(() => undefined)
      const isIt =
        opening &&
        opening[SHARE_BYTES - 1] === index &&
        isOpening(id, index, opening, dealing.commitments[index - 1]!)
      return isIt ? opening : undefined
    }),
  )
}

/** An old node deals. */
function dealer(parts: ReshareParts, { current }: ReturnType<typeof checks>) {
  const { shares, metadata, signer, domain } = parts
  async function kept(object: Hash, rendition: number, committee: bigint) {
    for (const share of [await shares.staged(object, rendition), await shares.held(object, rendition)])
      if (share?.shareSet?.message.committee === committee)
        return share as HeldShare & { shareSet: SignedShareSet }
    return undefined
  }
  async function dealt(share: HeldShare, to: Committee): Promise<ReshareAnswer['dealt']> {
    const { object, rendition } = share.manifest.message
    const opening = await shares.opening(object, rendition)
    if (opening === undefined) return undefined
    const { dealing, openings } = await dealingOf(domain, share, opening, to)
    opening.fill(0)
    const hash = messageHash(domain, 'Dealing', dealing)
    const sealed = await Promise.all(
      openings.map((each, i) =>
        sealReshare({ dealing: hash, index: i + 1, opening: each, to: hexToBytes(to.members[i]!.shareKey) }),
      ),
    )
    for (const each of openings) each.fill(0)
    const before = await metadata.get(signedKey(share.manifestHash, to.epoch))
    return {
      manifest: share.manifest,
      dealing: await signMessage(signer, domain, 'Dealing', dealing),
      sealed: sealed.map((each) => bytesToHex(each)),
      ...(before && { signed: messageFromJson('ShareSet', JSON.parse(Buffer.from(before).toString())) }),
    }
  }
  return async (json: unknown): Promise<ReshareAnswer> => {
    const fields = fieldsOf(json, 'body', ['object', 'rendition', 'committee'])
    const object = hexOf(fields.object, 'body.object', 32)
    const rendition = integerOf(fields.rendition, 'body.rendition', 255)
    const to = await current(uintOf(fields.committee, 'body.committee', 64))
    const has = await kept(object, rendition, to.epoch)
    const share = await shares.held(object, rendition)
    const gives = share && committeeOf(share) < to.epoch ? await dealt(share, to) : undefined
    if (!has && !gives)
      throw unknown(`There is no share of rendition ${rendition} of ${object} to deal here.`)
    const heldMessage = has && { shareSet: setOf(domain, has), index: has.index }
    return {
      ...(gives && { dealt: gives }),
      ...(has && {
        kept: {
          manifest: has.manifest,
          shareSet: has.shareSet,
          held: await signMessage(signer, domain, 'ShareHeld', heldMessage!),
        },
      }),
    }
  }
}

/** A dealer signs the one share set that follows from what all new nodes found. */
function setSigner(parts: ReshareParts, { at, current, expectSigner }: ReturnType<typeof checks>) {
  const { shares, metadata, signer, domain } = parts
  const locked = locks()

  async function expectConsistent(found: readonly Combined[], from: Committee, to: Committee): Promise<void> {
    const { dealings, zeros } = found[0]!
    // With no more dealings than the threshold a lie would not show, and the key would be lost.
    if (dealings.length <= from.threshold || dealings.length > from.members.length)
      throw malformed(
        `Expected more than ${from.threshold} dealings, at most ${from.members.length}, got ${dealings.length}.`,
      )
    for (const each of found)
      if (
        String(each.dealings) !== String(dealings) ||
        each.zeros.length !== dealings.length - from.threshold
      )
        throw malformed('Expected all new nodes to have looked at the same dealings.')
    for (const i of zeros.keys()) {
      const values = found.map((each, k) => concatBytes(hexToBytes(each.zeros[i]!), Uint8Array.of(k + 1)))
      if (!(await isZeroSharing(values, to.threshold)))
        throw conflict('The dealings do not fit each other: a dealer, or a new node, lied.')
    }
  }

  return async (json: unknown): Promise<SignSetAnswer> => {
    const fields = fieldsOf(json, 'body', ['object', 'rendition', 'combined'])
    const object = hexOf(fields.object, 'body.object', 32)
    const rendition = integerOf(fields.rendition, 'body.rendition', 255)
    const combined = listOf(fields.combined, 'body.combined', (each, path) =>
      signedFromJson('Combined', each, path),
    )
    const share = await shares.held(object, rendition)
    const first = combined[0]?.message
    if (share === undefined || first?.manifest !== share.manifestHash)
      throw unknown('There is no share of this manifest here.')
    const to = await current(first.committee)
    const from = await at(committeeOf(share))
    if (from.epoch >= to.epoch) throw conflict(`The share is of committee ${from.epoch} already.`)
    if (combined.length !== to.members.length)
      throw malformed(`Expected what ${to.members.length} new nodes found, got ${combined.length}.`)
    for (const [k, each] of combined.entries()) {
      const { manifest, committee, index } = each.message
      if (manifest !== first.manifest || committee !== to.epoch || index !== k + 1)
        throw malformed('Expected what the new nodes found, in their order.')
      await expectSigner('Combined', each, to.members[k]!.key)
    }
    await expectConsistent(
      combined.map(({ message }) => message),
      from,
      to,
    )
    const opening = await shares.opening(object, rendition)
    if (opening === undefined) throw unknown('There is no share of this manifest here.')
    const own = await dealingOf(domain, share, opening, to)
    opening.fill(0)
    const dealings = first.dealings.slice(0, from.threshold)
    if (!dealings.includes(messageHash(domain, 'Dealing', own.dealing)))
      throw conflict('The share set does not come of what this node dealt.')
    const shareSet: ShareSet = {
      manifest: first.manifest,
      from: from.epoch,
      committee: to.epoch,
      threshold: to.threshold,
      dealings,
      shareCommitments: combined.map(({ message }) => message.commitment),
    }
    const key = signedKey(first.manifest, to.epoch)
    await locked(key, async () => {
      const before = await metadata.get(key)
      const text = toJson(shareSet)
      // Two sets for one committee would leave it with shares that do not fit each other.
      if (before && Buffer.from(before).toString() !== text)
        throw conflict('The node has signed another share set for this committee.')
      if (!before) await metadata.batch([{ type: 'put', key, value: Buffer.from(text) }])
    })
    const { signature } = await signMessage(signer, domain, 'ShareSet', shareSet)
    return { shareSet, signature }
  }
}

/** A new node keeps its share. */
function shareTaker(
  parts: ReshareParts,
  read: ReturnType<typeof dealingsReader>,
  { expectSet }: ReturnType<typeof checks>,
) {
  const { shares, signer, domain, seconds } = parts
  const locked = locks()

  async function keep(found: Dealings, shareSet: SignedShareSet, setHash: Hash): Promise<void> {
    const { manifest, manifestHash, index, dealings, to } = found
    const { object, rendition, epoch } = manifest.message
    const before = await shares.newest(object, rendition)
    const staged = await shares.staged(object, rendition)
    for (const each of [before, staged]) if (each && setOf(domain, each) === setHash) return
    expectNewer({ epoch, committee: to.epoch }, before)
    if (staged) expectNewer({ epoch, committee: to.epoch }, staged)
    const openings = await opened(parts, found)
    const liar = openings.indexOf(undefined)
    if (liar >= 0) throw conflict(`Dealer ${dealings[liar]!.dealing.index} committed to another sub-share.`)
    const opening = await combinedOpening(dealings, openings as Uint8Array[], index)
    try {
      if (!isOpening(keyOf(manifest.message), index, opening, shareSet.message.shareCommitments[index - 1]!))
        throw conflict(`The share is not the one of commitment ${index}.`)
      await shares.stage({ manifest, manifestHash, index, shareSet }, opening)
    } finally {
      for (const each of openings) each?.fill(0)
      opening.fill(0)
    }
  }

  return async (json: unknown): Promise<ShareHeldAnswer> => {
    const fields = fieldsOf(json, 'body', ['shareSet', 'manifest', 'dealings', 'sealed'])
    const shareSet = shareSetFromJson(fields.shareSet, 'body.shareSet')
    const { message } = shareSet
    const found = await read(fields)
    const { manifest, manifestHash, from, to, dealings, index } = found
    const isOf =
      message.manifest === manifestHash &&
      message.from === from.epoch &&
      message.committee === to.epoch &&
      message.threshold === to.threshold &&
      message.shareCommitments.length === to.members.length &&
      String(message.dealings) === String(dealings.map(({ hash }) => hash)) &&
      dealings.length === from.threshold
    if (!isOf) throw malformed('Expected the share set of these dealings.')
    await expectSet(shareSet)
    const { project, object, rendition, path } = manifest.message
    expectSound(manifest.message, 1, seconds())
    if (await shares.isErased(project, object, path)) throw erased('The object was erased.')
    const setHash = messageHash(domain, 'ShareSet', message)
    await locked(`${object}/${rendition}`, () => keep(found, shareSet, setHash))
    return { held: await signMessage(signer, domain, 'ShareHeld', { shareSet: setHash, index }) }
  }
}

/** The part of a key node in a change of members without the owner. */
export function resharer(parts: ReshareParts): Resharer {
  const { shares, signer, domain } = parts
  const check = checks(parts)
  const read = dealingsReader(parts, check)
  return {
    deal: dealer(parts, check),
    sign: setSigner(parts, check),
    take: shareTaker(parts, read, check),
    async combine(json) {
      const found = await read(fieldsOf(json, 'body', ['manifest', 'dealings', 'sealed']))
      const { manifest, manifestHash, from, to, index, dealings } = found
      expectSound(manifest.message, 1, parts.seconds())
      const openings = await opened(parts, found)
      const liars = dealings.flatMap(({ dealing }, i) => (openings[i] ? [] : [dealing.index]))
      if (liars.length > 0) return { liars }
      const good = openings as Uint8Array[]
      const subshares = good.map((each, i) => ({
        dealerX: dealings[i]!.dealing.index,
        subshare: each.subarray(0, SHARE_BYTES),
      }))
      const used = dealings.slice(0, from.threshold)
      const opening = await combinedOpening(used, good.slice(0, from.threshold), index)
      const message: Combined = {
        manifest: manifestHash,
        committee: to.epoch,
        index,
        dealings: dealings.map(({ hash }) => hash),
        commitment: shareCommitment(keyOf(manifest.message), index, opening),
        zeros: asHashes(await reshareZeros(subshares, from.threshold)),
      }
      for (const each of [...good, opening]) each.fill(0)
      return { combined: await signMessage(signer, domain, 'Combined', message), liars: [] }
    },
    async handOver(json) {
      const fields = fieldsOf(json, 'body', ['object', 'rendition', 'manifest', 'shareSet', 'held'])
      const object = hexOf(fields.object, 'body.object', 32)
      const rendition = integerOf(fields.rendition, 'body.rendition', 255)
      const { message: manifest } = signedFromJson('Manifest', fields.manifest, 'body.manifest')
      const shareSet = shareSetFromJson(fields.shareSet, 'body.shareSet')
      const held = listOf(fields.held, 'body.held', (each, path) => signedFromJson('ShareHeld', each, path))
      const { to } = await check.expectSet(shareSet)
      const hash = messageHash(domain, 'ShareSet', shareSet.message)
      if (held.length !== to.members.length)
        throw malformed(`Expected ${to.members.length} new nodes to have their shares, got ${held.length}.`)
      for (const [k, each] of held.entries()) {
        if (each.message.shareSet !== hash || each.message.index !== k + 1)
          throw malformed('Expected what the new nodes keep, in their order.')
        await check.expectSigner('ShareHeld', each, to.members[k]!.key)
      }
      const staged = await shares.staged(object, rendition)
      if (staged && setOf(domain, staged) === hash) return shares.promote(object, rendition)
      const { manifest: manifestHash, from } = shareSet.message
      const isOf = manifest.object === object && manifest.rendition === rendition
      if (!isOf || messageHash(domain, 'Manifest', manifest) !== manifestHash)
        throw malformed('Expected the manifest that the share set names, of this object and rendition.')
      // Those who dealt have a newer manifest than a node that missed a put.
      const isPast = (share: HeldShare) =>
        share.manifestHash === manifestHash || share.manifest.message.epoch < manifest.epoch
      // Kept beside for a committee that gave way before all of it had theirs.
      if (staged && isPast(staged) && staged.shareSet!.message.from <= from && committeeOf(staged) < to.epoch)
        await shares.unstage(object, rendition)
      // Of an earlier committee than the one that dealt: the node missed a change of members.
      const share = await shares.held(object, rendition)
      if (share && isPast(share) && committeeOf(share) <= from) await shares.handOver(object, rendition)
    },
  }
}

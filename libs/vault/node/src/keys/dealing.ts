import { createHmac } from 'node:crypto'
import { bytesToHex, concatBytes, hexToBytes, type Hash } from '@animechain/core'
import {
  combineReshare,
  dealReshare,
  defaultCrypto,
  openingOf,
  shareCommitment,
  shareOfOpening,
  SHARE_BYTES,
  type KeyId,
  type VaultCrypto,
} from '@animechain/vault-format'
import { messageHash, type Dealing, type Manifest, type VaultDomain } from '@animechain/vault-protocol'
import type { Committee } from '../committees.js'
import { committeeOf, type HeldShare } from './shareStore.js'

const zeroHash: Hash = `0x${'00'.repeat(32)}`
const none = new Uint8Array(0)
const text = (label: string): Uint8Array => new TextEncoder().encode(label)

/** Which key a manifest is of. */
export const keyOf = ({ object, rendition, epoch }: Manifest): KeyId => ({ object, rendition, epoch })

/** The share set that a share is of; zero: the manifest's own. */
export const setOf = (domain: VaultDomain, { shareSet }: HeldShare): Hash =>
  shareSet ? messageHash(domain, 'ShareSet', shareSet.message) : zeroHash

/** Bytes that look random and are always the same for a secret. */
function drawnFrom(seed: Uint8Array): VaultCrypto {
  let drawn = 0
  return {
    ...defaultCrypto,
    randomBytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) {
        const counter = Buffer.alloc(4)
        counter.writeUInt32BE(drawn++)
        const block = createHmac('sha256', seed).update(counter).digest()
        out.set(block.subarray(0, Math.min(32, length - at)), at)
      }
      return out
    },
  }
}

/**
 * What a node deals to another committee: always the same, so that it need not be remembered, and whoever drives the change may begin again. What it draws on is
 * the 32 random bytes of its share's opening, which nobody has but those who may open the key.
 */
export async function dealingOf(
  domain: VaultDomain,
  share: HeldShare,
  opening: Uint8Array,
  to: Committee,
): Promise<{ dealing: Dealing; openings: Uint8Array[] }> {
  const message: Omit<Dealing, 'commitments'> = {
    manifest: share.manifestHash,
    set: setOf(domain, share),
    from: committeeOf(share),
    to: to.epoch,
    threshold: to.threshold,
    index: share.index,
  }
  const bound = text(`animechain/vault/reshare-seed/1 ${to.members.length} `)
  const hash = hexToBytes(messageHash(domain, 'Dealing', { ...message, commitments: [] }))
  const seed = await defaultCrypto.hkdf(opening, none, concatBytes(bound, hash), 32)
  const crypto = drawnFrom(seed)
  const own = shareOfOpening(opening)
  const numbers = { shares: to.members.length, threshold: to.threshold }
  const subshares = await dealReshare(own, numbers, crypto)
  own.fill(0)
  const openings = subshares.map((each) => openingOf(each, crypto))
  const id = keyOf(share.manifest.message)
  const commitments = openings.map((each, i) => shareCommitment(id, i + 1, each))
  return { dealing: { ...message, commitments }, openings }
}

/** The opening of the share that sub-shares make, from exactly those of a share set; always the same for the same ones. */
export async function combinedOpening(
  dealings: readonly { hash: Hash; dealing: Dealing }[],
  openings: readonly Uint8Array[],
  index: number,
): Promise<Uint8Array> {
  const share = await combineReshare(
    openings.map((opening, i) => ({
      dealerX: dealings[i]!.dealing.index,
      subshare: opening.subarray(0, SHARE_BYTES),
    })),
  )
  const info = concatBytes(
    text('animechain/vault/reshare-opening/1'),
    ...dealings.map(({ hash }) => hexToBytes(hash)),
    Uint8Array.of(index),
  )
  const secret = concatBytes(...openings)
  const blinding = await defaultCrypto.hkdf(secret, none, info, 32)
  secret.fill(0)
  return concatBytes(share, blinding)
}

/** Bytes as hashes of a message. */
export const asHashes = (values: readonly Uint8Array[]): Hash[] => values.map((each) => bytesToHex(each))

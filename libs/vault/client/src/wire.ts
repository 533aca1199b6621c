import type { Address, Hash } from '@animechain/core'
import {
  fieldsOf,
  hexOf,
  integerOf,
  shareSetFromJson,
  signedFromJson,
  uintOf,
  type NodeInfo,
  type ReceiptEntry,
  type ReceiptsAnswer,
  type ReleaseAnswer,
  type ReleaseBinding,
  type ReleaseBody,
} from '@animechain/vault-protocol'

import type { AnchorProof } from './audit/types.js'

/** Hashes of a proof, at most. */
const MAX_PROOF = 64
/** Receipts of a page, at most. */
const MAX_ENTRIES = 1_000

const list = (value: unknown, most: number): readonly unknown[] => {
  if (!Array.isArray(value) || value.length > most) throw new Error(`expected a list of at most ${most}`)
  return value
}

const given = (value: unknown): boolean => value !== undefined && value !== null

/**
 * What a release was asked with, from JSON.
 * @throws {BaseError} `VAULT_MALFORMED`
 */
export function releaseBodyFromJson(json: unknown): ReleaseBody {
  const { session, request, evidence } = fieldsOf(json, 'body', ['session', 'request', 'evidence'])
  return {
    session: signedFromJson('Session', session),
    request: signedFromJson('Request', request),
    evidence: hexOf(evidence, 'evidence'),
  }
}

/** A key node's answer to a request, from JSON. @throws where it is none */
export function releaseAnswerFromJson(json: unknown): ReleaseAnswer {
  const fields = fieldsOf(json, 'answer', ['receipt'], ['share'])
  const receipt = signedFromJson('Receipt', fields.receipt)
  if (!given(fields.share)) return { receipt }
  const share = fieldsOf(fields.share, 'share', ['index', 'sealed', 'safe'], ['shareSet'])
  return {
    receipt,
    share: {
      index: integerOf(share.index, 'share.index', 255),
      sealed: hexOf(share.sealed, 'share.sealed'),
      safe: hexOf(share.safe, 'share.safe', 32),
      ...(given(share.shareSet) ? { shareSet: shareSetFromJson(share.shareSet) } : {}),
    },
  }
}

function readable<T>(json: unknown, read: (json: unknown) => T): T | undefined {
  if (!given(json)) return undefined
  try {
    return read(json)
  } catch {
    return undefined
  }
}

/**
 * One entry of a node's list of receipts, from JSON. What cannot be read beside the receipt is left out: then that stands alone.
 * @throws {BaseError} `VAULT_MALFORMED` where the receipt is none
 */
export function receiptEntryFromJson(json: unknown): ReceiptEntry {
  const fields = fieldsOf(json, 'entry', ['receipt'], ['body', 'bound'])
  const body = readable(fields.body, releaseBodyFromJson)
  const bound = readable(fields.bound, (value): ReleaseBinding => {
    const { sealed, safe } = fieldsOf(value, 'bound', ['sealed', 'safe'])
    return { sealed: hexOf(sealed, 'bound.sealed', 32), safe: hexOf(safe, 'bound.safe', 32) }
  })
  const receipt = signedFromJson('Receipt', fields.receipt)
  return { receipt, ...(body && { body }), ...(bound && { bound }) }
}

/** What a node shows of its newest anchor, from JSON. @throws where it is none */
export function anchorProofFromJson(json: unknown): AnchorProof {
  const { sequence, salt, receipt, proof } = json as Record<string, unknown>
  return {
    sequence: uintOf(sequence, 'anchor.sequence', 64),
    salt: hexOf(salt, 'anchor.salt', 32),
    receipt: hexOf(receipt, 'anchor.receipt', 32),
    proof: list(proof, MAX_PROOF).map((each) => hexOf(each, 'anchor.proof', 32)),
  }
}

/** A page of receipts, and what the node shows of its newest anchor. */
export type ReceiptsPage = Pick<ReceiptsAnswer, 'entries' | 'next'> & { anchor?: AnchorProof }

/** A page of receipts, from JSON. @throws where it is none */
export function receiptsPageFromJson(json: unknown): ReceiptsPage {
  const { entries, next, anchor } = fieldsOf(json, 'answer', ['entries', 'next'], ['anchor'])
  return {
    entries: list(entries, MAX_ENTRIES).map(receiptEntryFromJson),
    next: uintOf(next, 'next', 64),
    ...(given(anchor) ? { anchor: anchorProofFromJson(anchor) } : {}),
  }
}

/** What a node says of itself, from JSON; fields of newer versions are ignored. @throws where it is none */
export function nodeInfoFromJson(json: unknown): NodeInfo {
  if (typeof json !== 'object' || json === null) throw new Error('expected an object')
  const { version, address, roles, shareKey, chainId, registry, head } = json as Record<string, unknown>
  if (version !== 1) throw new Error('expected version 1')
  const seen = given(head) ? (head as Record<string, unknown>) : undefined
  return {
    version,
    address: hexOf(address, 'address', 20) as Address,
    roles: list(roles, 8).filter((role) => role === 'storage' || role === 'keys'),
    ...(given(shareKey) ? { shareKey: hexOf(shareKey, 'shareKey', 32) as Hash } : {}),
    chainId: integerOf(chainId, 'chainId', Number.MAX_SAFE_INTEGER),
    registry: hexOf(registry, 'registry', 20) as Address,
    ...(seen
      ? {
          head: {
            number: uintOf(seen.number, 'head.number', 64),
            hash: hexOf(seen.hash, 'head.hash', 32) as Hash,
            age: Number(seen.age),
          },
        }
      : {}),
  }
}

import type { Hex } from '@animechain/core'
import { keccak256, slice, stringToHex } from 'viem'

const code = (name: string): Hex => slice(keccak256(stringToHex(name)), 0, 4)

/** Why a share is not released: the first four bytes of keccak256 of the name, as contracts and receipts have it. */
export const denials = {
  malformed: code('VAULT_MALFORMED'),
  badSignature: code('VAULT_BAD_SIGNATURE'),
  badSession: code('VAULT_BAD_SESSION'),
  sessionExpired: code('VAULT_SESSION_EXPIRED'),
  requestExpired: code('VAULT_REQUEST_EXPIRED'),
  replayed: code('VAULT_REPLAYED'),
  otherProject: code('VAULT_OTHER_PROJECT'),
  otherChain: code('VAULT_OTHER_CHAIN'),
  unknownProject: code('VAULT_UNKNOWN_PROJECT'),
  unknownObject: code('VAULT_UNKNOWN_OBJECT'),
  staleEpoch: code('VAULT_STALE_EPOCH'),
  staleView: code('VAULT_STALE_VIEW'),
  notSafe: code('VAULT_NOT_SAFE'),
  noGrant: code('VAULT_NO_GRANT'),
  revoked: code('VAULT_REVOKED'),
  notYet: code('VAULT_NOT_YET'),
  expired: code('VAULT_EXPIRED'),
  wrongSubject: code('VAULT_WRONG_SUBJECT'),
  wrongScope: code('VAULT_WRONG_SCOPE'),
  wrongRendition: code('VAULT_WRONG_RENDITION'),
  wrongPurpose: code('VAULT_WRONG_PURPOSE'),
  wrongDelegation: code('VAULT_WRONG_DELEGATION'),
  erased: code('VAULT_ERASED'),
  policyFailed: code('VAULT_POLICY_FAILED'),
  rateLimited: code('VAULT_RATE_LIMITED'),
} as const

/** Why a share is not released, by name. */
export type Denial = keyof typeof denials

/** What people are told. */
export const denialSentences: Record<Denial, string> = {
  malformed: 'the request is not well formed',
  badSignature: 'a signature is not that of whom it claims',
  badSession: 'the session does not cover the request, or lasts longer than eight hours',
  sessionExpired: 'the session is over: sign a new one',
  requestExpired: 'the request is too old, or too far ahead',
  replayed: 'the request was answered before',
  otherProject: 'the session or grant is for another project',
  otherChain: 'the request is for another chain or registry',
  unknownProject: 'nobody has registered this project',
  unknownObject: 'no share of this object and rendition is here',
  staleEpoch: 'the object has a newer key',
  staleView: 'the node does not see the newest blocks and releases nothing until it does',
  notSafe: 'the grant was not signed by the owner and is not safe on L1 yet',
  noGrant: 'there is no such grant',
  revoked: 'the grant was taken back',
  notYet: 'the grant has not begun',
  expired: 'the grant is over',
  wrongSubject: 'the grant is for somebody else',
  wrongScope: 'the grant is for other objects',
  wrongRendition: 'the grant is for other renditions',
  wrongPurpose: 'the grant is for other purposes',
  wrongDelegation: 'the grant may not be passed on like this',
  erased: 'the object was erased',
  policyFailed: 'the policy contract failed or used too much gas',
  rateLimited: 'there were too many requests',
}

const byCode = new Map(Object.entries(denials).map(([name, value]) => [value, name as Denial]))

/** The denial with a code; undefined where a policy of somebody else has a code of its own. */
export const denialOf = (reason: Hex): Denial | undefined => byCode.get(reason.toLowerCase() as Hex)

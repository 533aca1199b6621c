import { BaseError, bytesToHex, InvalidInputError, type Address, type Hash, type Hex } from '@animechain/core'
import { defaultCrypto } from '@animechain/vault-format'
import {
  accountSubject,
  allPurposes,
  encodeEvidence,
  messageFromJson,
  messageHash,
  objectAt,
  purposes as purposeBits,
  subjectKinds,
  toJson,
  type Grant,
  type GrantEvidence,
  type Purpose,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { encodeAbiParameters } from 'viem'
import { jsonOf } from './store.js'

/** Whom a grant is for. */
export type GrantSubject =
  | { type: 'account'; address: Address; chainId?: number }
  | { type: 'tokenHolder'; collection: Address; tokenId: bigint }
  | { type: 'collection'; collection: Address }
  | { type: 'licence'; registry: Address; licence: bigint }

/** What somebody has to show to read: the grants that lead to it, and what they are about. Of no use to anybody else. */
export interface Pass {
  version: 1
  domain: VaultDomain
  project: Hash
  /** one to three grants, the owner's first */
  chain: readonly GrantEvidence[]
  /** salts from the project to the scope of the last grant; empty: the whole project */
  scope: readonly Hash[]
  /** what the giver says is there; names are known to those who have the pass alone */
  objects?: readonly PassObject[]
}

/** An object that a pass is about. */
export interface PassObject {
  name: string
  type?: string
  /** salts from the project */
  path: readonly Hash[]
  /** bytes of each rendition's content */
  lengths?: Record<number, number>
}

/** What is given: to whom, for what, how long. */
export interface GrantTerms {
  to: GrantSubject
  /** salts from the project to what it covers, with everything below; default the whole project */
  scope?: readonly Hash[]
  /** numbers of renditions */
  renditions: readonly number[]
  purposes: readonly Purpose[]
  /** seconds since 1970; default: it has begun */
  notBefore?: bigint
  /** seconds since 1970 */
  expiry: bigint
  /** how many times it may be passed on, 0 to 2 */
  delegation?: number
}

/** Sum of purposes. */
export const purposesOf = (names: readonly Purpose[]): number =>
  names.reduce((sum, name) => sum | purposeBits[name], 0)

/** Names of the purposes in a sum. */
export const purposeNames = (sum: number): Purpose[] =>
  (Object.keys(purposeBits) as Purpose[]).filter((name) => (sum & purposeBits[name]) !== 0)

/** Bit r for rendition r. */
export const renditionsOf = (numbers: readonly number[]): bigint =>
  numbers.reduce((sum, number) => {
    if (!Number.isInteger(number) || number < 0 || number > 255)
      throw new InvalidInputError('rendition', '0 to 255', number)
    return sum | (1n << BigInt(number))
  }, 0n)

/** Numbers of the renditions in a sum of bits. */
export const renditionNumbers = (sum: bigint): number[] =>
  Array.from({ length: 256 }, (_, r) => r).filter((r) => (sum & (1n << BigInt(r))) !== 0n)

const address = { type: 'address' } as const
const number = { type: 'uint256' } as const

/** Kind and bytes of a subject, as a grant has them. */
export function subjectOf(chainId: number, to: GrantSubject): Pick<Grant, 'subjectKind' | 'subject'> {
  const kind = { subjectKind: subjectKinds[to.type] }
  switch (to.type) {
    case 'account':
      return { ...kind, subject: accountSubject({ chainId: to.chainId ?? chainId, address: to.address }) }
    case 'tokenHolder':
      return { ...kind, subject: encodeAbiParameters([address, number], [to.collection, to.tokenId]) }
    case 'collection':
      return { ...kind, subject: encodeAbiParameters([address], [to.collection]) }
    case 'licence':
      return { ...kind, subject: encodeAbiParameters([address, number], [to.registry, to.licence]) }
  }
}

const none: Hash = `0x${'0'.repeat(64)}`

/** Seconds that a grant begins before it is given: the newest block, whose time counts, is of the past. */
const BEFORE = 60n

const latest = (...times: readonly bigint[]): bigint => times.reduce((a, b) => (a > b ? a : b))

/**
 * A grant of these terms, with a nonce of its own.
 * @param options.above the grant that it passes on; it may be nowhere wider
 * @param options.allRevokedAt seconds up to which every grant that has begun was taken back
 */
export function grantOf(
  domain: VaultDomain,
  project: Hash,
  terms: GrantTerms,
  options: { now: bigint; above?: { grant: Grant; hash: Hash }; allRevokedAt?: bigint },
): Grant {
  const { now, above, allRevokedAt = 0n } = options
  const { delegation = 0, expiry } = terms
  const notBefore = terms.notBefore ?? latest(now - BEFORE, above?.grant.notBefore ?? 0n, allRevokedAt + 1n)
  const purposes = purposesOf(terms.purposes)
  const renditions = renditionsOf(terms.renditions)
  if (purposes === 0 || purposes > allPurposes || renditions === 0n)
    throw new InvalidInputError('grant', 'at least one purpose and one rendition', 'none')
  if (expiry <= notBefore || expiry <= now)
    throw new InvalidInputError('grant', 'an end in the future, after its beginning', expiry)
  const grant: Grant = {
    ...{ project, scope: objectAt(project, terms.scope ?? []), ...subjectOf(domain.chainId, terms.to) },
    ...{ renditions, purposes, notBefore, expiry, delegation },
    parent: above?.hash ?? none,
    nonce: bytesToHex(defaultCrypto.randomBytes(32)),
  }
  if (above) assertWithin(grant, above.grant)
  return grant
}

/** @throws {BaseError} `VAULT_WIDER_GRANT` that names what is wider */
function assertWithin(grant: Grant, above: Grant): void {
  const wider =
    above.delegation === 0
      ? 'it may not be passed on'
      : grant.delegation >= above.delegation
        ? `it may be passed on ${above.delegation - 1} times below`
        : (grant.renditions & ~above.renditions) !== 0n
          ? `it has the renditions ${renditionNumbers(above.renditions).join(', ')}`
          : (grant.purposes & ~above.purposes) !== 0
            ? `it has the purposes ${purposeNames(above.purposes).join(', ')}`
            : grant.notBefore < above.notBefore
              ? `it begins at ${above.notBefore}`
              : grant.expiry > above.expiry
                ? `it ends at ${above.expiry}`
                : undefined
  if (wider)
    throw new BaseError(`The grant would be wider than the one that it passes on: ${wider}.`, {
      code: 'VAULT_WIDER_GRANT',
    })
}

/** Evidence of a pass for an object, as the built-in policies want it. */
export const passEvidence = (pass: Pick<Pass, 'chain'>, path: readonly Hash[]): Hex =>
  encodeEvidence({ chain: pass.chain, path })

/** EIP-712 hash of the grant that a pass is for: its id, for `revoke`. */
export const passGrant = ({ domain, chain }: Pass): Hash => messageHash(domain, 'Grant', chain.at(-1)!.grant)

/** A pass as text. */
export const passToJson = (pass: Pass): string => toJson(pass)

/**
 * A pass from its text.
 * @throws {BaseError} `VAULT_BAD_FILE`
 */
export const passFromJson = (text: string): Pass =>
  jsonOf(text, 'a pass, as `vault grant` writes it', (json) => {
    const pass = json as Omit<Pass, 'chain'> & { chain: { grant: unknown; signature: Hex; proof: Hash[] }[] }
    if (pass.version !== 1 || !Array.isArray(pass.chain) || pass.chain.length < 1 || pass.chain.length > 3)
      throw new Error('expected version 1 and one to three grants')
    if (!Array.isArray(pass.scope) || pass.scope.length > 8)
      throw new Error('expected a scope of at most 8 salts')
    return {
      ...pass,
      chain: pass.chain.map(({ grant, signature, proof }) => ({
        ...{ grant: messageFromJson('Grant', grant), signature, proof },
      })),
    }
  })

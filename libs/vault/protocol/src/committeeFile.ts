import { BaseError, type Address, type Hash } from '@animechain/core'
import { bigintOf, toJson } from './api.js'

/** A member of a committee, as clients reach it. */
export interface CommitteeMember {
  /** HTTP API */
  url: string
  /** the account that its node signs with */
  address: Address
  /** X25519 key that shares are sealed to; of key nodes */
  shareKey?: Hash
}

/** One committee of an epoch: its members in their order, and how many must act together. */
export interface CommitteeSeats {
  threshold: number
  members: readonly CommitteeMember[]
}

/** What a client of the private store is configured with: a committee epoch, and the contracts that it answers to. */
export interface CommitteeFile {
  version: 1
  /** of `CommitteeRegistry` */
  epoch: bigint
  /** chain id of L2 */
  chainId: number
  /** `AccessRegistry` on L2 */
  registry: Address
  /** chain id of L1 */
  l1ChainId: number
  /** `CommitteeRegistry` on L1 */
  committeeRegistry?: Address
  /** `PrivateDA` on L1, of confidential rollups */
  adapter?: Address
  /** `Inbox` on L1, of confidential rollups: where the certificates of batches are */
  inbox?: Address
  /** `AvailabilityChallenge` on L1 */
  availabilityChallenge?: Address
  /** members in the order of shards */
  storage: CommitteeSeats
  /** members in the order of shares */
  keys: CommitteeSeats
}

const address = /^0x[0-9a-fA-F]{40}$/
const hash = /^0x[0-9a-fA-F]{64}$/

/** A committee as the text of its file. */
export const formatCommittee = (committee: CommitteeFile): string =>
  `${JSON.stringify(JSON.parse(toJson(committee)), undefined, 2)}\n`

/**
 * A committee from the text of its file.
 * @throws {BaseError} `VAULT_BAD_COMMITTEE` with the field that is not as expected
 */
export function parseCommittee(text: string): CommitteeFile {
  const bad = (field: string, expected: string, cause?: unknown): never => {
    throw new BaseError(`Invalid committee file: expected ${field} to be ${expected}.`, {
      code: 'VAULT_BAD_COMMITTEE',
      cause,
    })
  }
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch (cause) {
    return bad('it', 'JSON', cause)
  }
  if (value === null || typeof value !== 'object') return bad('it', 'an object')
  if (value.version !== 1) bad('version', '1')
  const epoch = bigintOf(value.epoch) ?? bad('epoch', 'a decimal number as a string')
  const chain = (field: string) => {
    const id = value[field]
    return Number.isSafeInteger(id) && (id as number) > 0 ? (id as number) : bad(field, 'a positive integer')
  }
  const account = (field: string, of: Record<string, unknown>, at = field): Address =>
    typeof of[field] === 'string' && address.test(of[field]) ? (of[field] as Address) : bad(at, 'an address')
  const optional = (field: string) => (value[field] === undefined ? {} : { [field]: account(field, value) })
  const seats = (field: string, shareKeys: boolean): CommitteeSeats => {
    const { threshold, members } = (value[field] ?? {}) as { threshold?: unknown; members?: unknown }
    if (!Array.isArray(members) || members.length < 1 || members.length > 255)
      return bad(`${field}.members`, 'a list of 1 to 255 members')
    if (!Number.isInteger(threshold) || (threshold as number) < 1 || (threshold as number) > members.length)
      return bad(`${field}.threshold`, `a number from 1 to ${members.length}`)
    return {
      threshold: threshold as number,
      members: members.map((member: Record<string, unknown>, i) => {
        const at = `${field}.members[${i}]`
        if (typeof member?.url !== 'string' || !/^https?:\/\//.test(member.url))
          bad(`${at}.url`, 'an HTTP URL')
        const { shareKey } = member
        const fits = shareKey === undefined ? !shareKeys : typeof shareKey === 'string' && hash.test(shareKey)
        if (!fits) bad(`${at}.shareKey`, '32 bytes as hex')
        return {
          url: member.url as string,
          address: account('address', member, `${at}.address`),
          ...(shareKey === undefined ? {} : { shareKey: shareKey as Hash }),
        }
      }),
    }
  }
  return {
    version: 1,
    epoch,
    chainId: chain('chainId'),
    registry: account('registry', value),
    l1ChainId: chain('l1ChainId'),
    ...optional('committeeRegistry'),
    ...optional('adapter'),
    ...optional('inbox'),
    ...optional('availabilityChallenge'),
    storage: seats('storage', false),
    keys: seats('keys', true),
  }
}

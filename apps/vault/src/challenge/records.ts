import { type Address, type Hash } from '@animechain/core'
import type { VaultStore } from '@animechain/vault-client'
import { bigintOf, fieldsOf, hexOf, integerOf, toJson } from '@animechain/vault-protocol'

/** A challenge that this client opened, or was about to: it is written down before the transaction is sent. */
export interface ChallengeRecord {
  /** number of the challenge, once it was mined; a reorganisation may give it another one */
  id?: bigint
  blob: Hash
  shard: number
  /** who must answer */
  member: Address
  /** L1 block before it was opened */
  fromBlock: bigint
  /** seconds, L1's time */
  at: bigint
  /** bond and gas that were set aside, wei */
  cost: bigint
  isOver: boolean
}

const uint = (value: unknown): bigint => bigintOf(value) ?? 0n

function recordFromJson(json: unknown): ChallengeRecord {
  const names = ['blob', 'shard', 'member', 'fromBlock', 'at', 'cost', 'isOver']
  const { id, ...rest } = json as { id?: unknown }
  const fields = fieldsOf(rest, 'challenge', names)
  return {
    ...(id === undefined ? {} : { id: uint(id) }),
    blob: hexOf(fields.blob, 'blob', 32),
    shard: integerOf(fields.shard, 'shard', 4),
    member: hexOf(fields.member, 'member', 20),
    fromBlock: uint(fields.fromBlock),
    at: uint(fields.at),
    cost: uint(fields.cost),
    isOver: fields.isOver === true,
  }
}

/** Challenges in the store of a client, a file each. */
export function challengeRecords(store: VaultStore) {
  const keyOf = ({ blob, shard, fromBlock }: ChallengeRecord) =>
    `challenges/${blob.slice(2)}-${shard}-${fromBlock}`.toLowerCase()
  return {
    save: (record: ChallengeRecord): Promise<void> => store.set(keyOf(record), toJson(record)),
    remove: (record: ChallengeRecord): Promise<void> => store.delete(keyOf(record)),
    /** @throws {Error} where a file is none: what was spent would be forgotten */
    async all(): Promise<ChallengeRecord[]> {
      const found: ChallengeRecord[] = []
      for (const key of await store.list('challenges/')) {
        const text = await store.get(key)
        if (text !== undefined) found.push(recordFromJson(JSON.parse(text)))
      }
      return found
    },
  }
}

/** {@link challengeRecords} */
export type ChallengeRecords = ReturnType<typeof challengeRecords>

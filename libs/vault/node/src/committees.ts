import { BaseError, type Address, type Hash } from '@animechain/core'
import { committeeRegistryAbi, committeeRoles } from '@animechain/contracts'
import { boundedMap } from '@animechain/runtime'
import type { CommitteeFile } from '@animechain/vault-protocol'
import { decodeFunctionResult, encodeFunctionData, type Abi } from 'viem'

const zeroHash: Hash = `0x${'00'.repeat(32)}`

/** A role of a committee. */
export type CommitteeRole = keyof typeof committeeRoles

/** A seat of a committee. */
export interface CommitteeMember {
  /** what its node signs with */
  key: Address
  /** X25519 key that shares are sealed to; zero for storage nodes */
  shareKey: Hash
  /** URL of its node, without a slash at its end */
  url: string
}

/** The members of one role in one epoch, in their order: the j-th key node has share j, the j-th storage node shard j. */
export interface Committee {
  epoch: bigint
  threshold: number
  members: readonly CommitteeMember[]
}

/** Who is in which committee. Methods reject where that cannot be told. */
export interface Committees {
  /** The epoch in force; 0 where there is none. */
  current(): Promise<bigint>
  /** The same as of a finalized block of L1: what shares are dealt to. */
  finalized(): Promise<bigint>
  /** Undefined: there is no such epoch, or it has no such role. */
  at(epoch: bigint, role: CommitteeRole): Promise<Committee | undefined>
}

/** A committee that stands in the configuration: for one operator, for tests. Epochs count from 1 in the order of the list. */
export function fixedCommittees(
  epochs: () => readonly Readonly<Record<CommitteeRole, Omit<Committee, 'epoch'>>>[],
): Committees {
  const current = async () => BigInt(epochs().length)
  return {
    current,
    finalized: current,
    async at(epoch, role) {
      const found = epochs()[Number(epoch) - 1]?.[role]
      return found && { epoch, ...found }
    },
  }
}

/** The one committee of a file, which is read again whenever it changes. @param read throws where there is none yet */
export function fileCommittees(read: () => CommitteeFile): Committees {
  const current = async () => read().epoch
  return {
    current,
    finalized: current,
    async at(epoch, role) {
      const file = read()
      if (file.epoch !== epoch) return undefined
      const { threshold, members } = file[role]
      const seats = members.map(({ address, shareKey = zeroHash, url }) => ({
        key: address.toLowerCase() as Address,
        shareKey: shareKey.toLowerCase() as Hash,
        url: url.replace(/\/+$/, ''),
      }))
      return { epoch, threshold, members: seats }
    },
  }
}

/** What L1 is asked with, as JSON-RPC. */
export interface L1Rpc {
  request(call: { method: string; params: readonly unknown[] }): Promise<unknown>
}

/** Milliseconds for which an answer about the current epoch holds, and one about an epoch that a reorg of L1 may still change, unless the caller says otherwise. */
const CURRENT_MS = 5_000
/** Milliseconds for which the members of an epoch that is final hold: their seats for good, but a member may have another endpoint. */
const MEMBERS_MS = 60_000

/**
 * Committees as `CommitteeRegistry` on L1 has them.
 * @param currentMs milliseconds for which an answer about the current epoch holds
 */
export function registeredCommittees(rpc: L1Rpc, registry: Address, currentMs = CURRENT_MS): Committees {
  const known = boundedMap<string, { committee: Committee; isFinal: boolean; at: number }>(64)
  const read = async (functionName: string, args: readonly unknown[], block: string): Promise<unknown> => {
    const call = { abi: committeeRegistryAbi as Abi, functionName }
    try {
      const data = await rpc.request({
        method: 'eth_call',
        params: [{ to: registry, data: encodeFunctionData({ ...call, args }) }, block],
      })
      return decodeFunctionResult({ ...call, data: data as Hash })
    } catch (cause) {
      throw new BaseError('The committee registry on L1 cannot be read.', { code: 'VAULT_COMMITTEE', cause })
    }
  }
  /** The epoch in force as of a block, asked for now and then. */
  const epochAt = (block: 'latest' | 'finalized') => {
    let newest: { epoch: Promise<bigint>; at: number } | undefined
    return (): Promise<bigint> => {
      if (newest === undefined || performance.now() - newest.at > currentMs) {
        const epoch = read('currentEpoch', [], block) as Promise<bigint>
        newest = { epoch, at: performance.now() }
        epoch.catch(() => (newest = undefined))
      }
      return newest.epoch
    }
  }
  const finalized = epochAt('finalized')
  async function membersAt(
    epoch: bigint,
    role: CommitteeRole,
    before?: Committee,
  ): Promise<Committee | undefined> {
    const [threshold, seats] = (await read('membersAt', [epoch, committeeRoles[role]], 'latest')) as [
      number,
      readonly { member: Address; key: Address; shareKey: Hash }[],
    ]
    if (threshold === 0) return undefined
    const members = await Promise.all(
      seats.map(async ({ member, key: node, shareKey }, i) => {
        const { endpoint } = (await read('memberOf', [committeeRoles[role], member], 'latest')) as {
          endpoint: string
        }
        // Who has withdrawn its stake has no endpoint any more; its node may answer at the one that it had.
        const url = endpoint === '' ? (before?.members[i]?.url ?? '') : endpoint.replace(/\/+$/, '')
        return { key: node.toLowerCase() as Address, shareKey: shareKey.toLowerCase() as Hash, url }
      }),
    )
    return { epoch, threshold, members }
  }
  return {
    finalized,
    current: epochAt('latest'),
    async at(epoch, role) {
      const key = `${epoch} ${role}`
      const found = known.get(key)
      const age = found ? performance.now() - found.at : Infinity
      if (found && age < (found.isFinal ? MEMBERS_MS : currentMs)) return found.committee
      try {
        // Asked before the members are read: what is final then is final when they are.
        const isFinal = epoch <= (await finalized())
        const committee = await membersAt(epoch, role, found?.committee)
        if (committee) known.set(key, { committee, isFinal, at: performance.now() })
        return committee
      } catch (error) {
        if (found?.isFinal) return found.committee
        throw error
      }
    },
  }
}

import type { Address, Hex } from '@animechain/core'
import { networkRoles } from '@animechain/contracts'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { encodeFunctionData } from 'viem'
import type { NetworkContracts } from './reads.js'
import type { NetworkCall } from './writer.js'

const role = networkRoles.verifier
/** Counting the weights of 64 members anew takes most of it. */
const MAX_GAS = 2_000_000n

/** Calls of a member's owner account to the registry of stake. */
export function stakeCalls({ stakeRegistry: to }: Pick<NetworkContracts, 'stakeRegistry'>) {
  const call = (what: string, data: Hex, value?: bigint): NetworkCall => ({
    ...{ what, to, data, maxGas: MAX_GAS },
    ...(value === undefined ? {} : { value }),
  })
  return {
    /**
     * Joins, or changes key and endpoint.
     * @param proof the key's signature of `keyProofTypedData`; empty where the key is the owner account or is the member's already
     * @param value stake to add, wei
     */
    join: (key: Address, endpoint: string, proof: Hex, value: bigint) =>
      call(
        'join the verifiers',
        encodeFunctionData({
          abi: stakeRegistryAbi,
          functionName: 'join',
          args: [role, key, endpoint, proof],
        }),
        value,
      ),
    /** Adds stake, wei. */
    stake: (value: bigint) =>
      call(
        'add stake',
        encodeFunctionData({ abi: stakeRegistryAbi, functionName: 'stake', args: [role] }),
        value,
      ),
    /** Adds a token as cover: `approve` it for the registry before. */
    stakeToken: (token: Address, amount: bigint) =>
      call(
        'add stake of a token',
        encodeFunctionData({
          abi: stakeRegistryAbi,
          functionName: 'stakeToken',
          args: [role, token, amount],
        }),
      ),
    /** Takes a place among the active that is free. */
    takePlace: (member: Address) =>
      call(
        'take a place',
        encodeFunctionData({ abi: stakeRegistryAbi, functionName: 'takePlace', args: [role, member] }),
      ),
    /** Begins unbonding. */
    leave: () =>
      call(
        'leave the verifiers',
        encodeFunctionData({ abi: stakeRegistryAbi, functionName: 'leave', args: [role] }),
      ),
    /** Has the stake paid out after unbonding. */
    withdraw: (receiver: Address) =>
      call(
        'withdraw stake',
        encodeFunctionData({ abi: stakeRegistryAbi, functionName: 'withdraw', args: [role, receiver] }),
      ),
    /** Has a token paid out after unbonding. */
    withdrawToken: (token: Address, receiver: Address) =>
      call(
        'withdraw stake of a token',
        encodeFunctionData({
          abi: stakeRegistryAbi,
          functionName: 'withdrawToken',
          args: [role, token, receiver],
        }),
      ),
  }
}

import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { InvalidInputError } from '@animechain/core'
import {
  BaseError as ViemError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  keccak256,
  stringToHex,
  zeroAddress,
  type Account,
  type Address,
  type Chain,
  type Client,
  type Transport,
} from 'viem'
import { readContract } from 'viem/actions'
import type { TrustedContracts } from './classes.js'
import { refuse } from './errors.js'

/** A client of L1: what `createPublicClient` and `createWalletClient` give. */
export type L1Client = Client<Transport, Chain | undefined, Account | undefined>

/** The contracts on L1 that a quote needs, by the names of the deployment file. */
export interface ExitContracts {
  portal: Address
  l1CrossDomainMessenger: Address
  l1StandardBridge: Address
  l1Erc721Bridge: Address
  l1Erc1155Bridge: Address
}

type OnL1 = { [sourceId: number]: { address: Address } | undefined } | undefined

/** A chain object of L2 as the deployment file holds it: `contracts` names those on L1 by the chain id of L1. */
export interface TargetChain {
  contracts?: Record<string, unknown> | undefined
}

/** Where the contracts are: those of `targetChain`, as viem's op-stack actions take it, or named one by one. */
export type ExitContractsParameter = { targetChain: TargetChain } | { contracts: ExitContracts }

const names = [
  'portal',
  'l1CrossDomainMessenger',
  'l1StandardBridge',
  'l1Erc721Bridge',
  'l1Erc1155Bridge',
] as const satisfies readonly (keyof ExitContracts)[]

/** One of the contracts on L1. @throws {InvalidInputError} where the chain object has none */
export function contractOf(
  client: Pick<L1Client, 'chain'>,
  parameter: ExitContractsParameter,
  name: keyof ExitContracts,
): Address {
  if ('contracts' in parameter) return parameter.contracts[name]
  const onL1 = parameter.targetChain.contracts?.[name] as OnL1
  const found = client.chain ? onL1?.[client.chain.id] : Object.values(onL1 ?? {})[0]
  if (!found)
    throw new InvalidInputError(
      `targetChain.contracts.${name}`,
      `an address on L1${client.chain ? `, by chain id ${client.chain.id}` : ''}`,
      onL1,
    )
  return found.address
}

/** All of them. @throws {InvalidInputError} */
export function exitContracts(
  client: Pick<L1Client, 'chain'>,
  parameter: ExitContractsParameter,
): ExitContracts {
  const found = names.map((name) => [name, contractOf(client, parameter, name)])
  return Object.fromEntries(found) as unknown as ExitContracts
}

/** The role whose stake covers exits. */
export const verifierRole = keccak256(stringToHex('verifier'))

/** What L1 says of the network, besides what changes with every block. Periods are seconds. */
export interface ExitNetwork {
  portal: Address
  fastExits: Address
  registry: Address
  /** least age of an assertion */
  minAge: bigint
  minVerifiers: number
  epochStart: bigint
  epochLength: bigint
}

const hasNoSuchFunction = (error: unknown): boolean =>
  error instanceof ViemError &&
  error.walk(
    (cause) =>
      cause instanceof ContractFunctionRevertedError || cause instanceof ContractFunctionZeroDataError,
  ) !== null

/**
 * Where the chain pays withdrawals early.
 * @throws {FastExitError} `BRIDGE_FAST_NONE` where it does not
 */
export async function exitNetwork(client: L1Client, portal: Address): Promise<ExitNetwork> {
  const fastExits = await readContract(client, {
    ...{ address: portal, abi: optimismPortalAbi, functionName: 'fastExits' as const },
  }).catch((error: unknown) => {
    // A portal of before there were fast exits.
    if (hasNoSuchFunction(error)) return zeroAddress
    throw error
  })
  if (fastExits === zeroAddress) throw refuse.none(portal)
  const exits = { address: fastExits, abi: fastExitsAbi } as const
  const [registry, minAge, minVerifiers] = await Promise.all([
    readContract(client, { ...exits, functionName: 'registry' }),
    readContract(client, { ...exits, functionName: 'minAge' }),
    readContract(client, { ...exits, functionName: 'minVerifiers' }),
  ])
  const stakes = { address: registry, abi: stakeRegistryAbi } as const
  const [epochStart, epochLength] = await Promise.all([
    readContract(client, { ...stakes, functionName: 'epochStart' }),
    readContract(client, { ...stakes, functionName: 'epochLength' }),
  ])
  return { portal, fastExits, registry, minAge, minVerifiers: Number(minVerifiers), epochStart, epochLength }
}

/** The contracts that a plain payment must not go to. */
export const trustedOf = (contracts: ExitContracts, inbox: Address): TrustedContracts => ({
  portal: contracts.portal,
  inbox,
  messenger: contracts.l1CrossDomainMessenger,
  standardBridge: contracts.l1StandardBridge,
  erc721Bridge: contracts.l1Erc721Bridge,
  erc1155Bridge: contracts.l1Erc1155Bridge,
})

import { BaseError, predeploys, type Address, type Hash, type Hex } from '@animechain/core'
import { accessRegistryAbi } from '@animechain/contracts/AccessRegistry'
import { blindGrantsAbi } from '@animechain/contracts/BlindGrants'
import { grantsAbi } from '@animechain/contracts/Grants'
import type { Erase, Grant, RevokeNow, Signed, VaultDomain } from '@animechain/vault-protocol'
import {
  decodeFunctionResult,
  encodeFunctionData,
  numberToHex,
  parseAbi,
  zeroAddress,
  type Account,
  type PublicClient,
  type WalletClient,
} from 'viem'
import type { Anchor, AuditState } from './audit/types.js'

/** What a delegate may do for the owner, bits of `AccessRegistry`. */
export const powers = { grant: 1, revoke: 2, manifest: 4, erase: 8, read: 16 } as const

/** How a project's grants are kept: `grants` on chain for all to read, `blind` with the parties alone, `other` by a contract of somebody else's. */
export type PolicyKind = 'grants' | 'blind' | 'other' | 'none'

/** Where the contracts of the store are on L2. */
export interface VaultContracts {
  registry: Address
  grants: Address
  blindGrants: Address
}

/** The contracts in the genesis of this stack's chains. */
export const genesisContracts: VaultContracts = {
  registry: predeploys.accessRegistry,
  grants: predeploys.grants,
  blindGrants: predeploys.blindGrants,
}

/** L2 as the store uses it. */
export interface VaultChain {
  readonly domain: VaultDomain
  readonly contracts: VaultContracts
  /** Owner and policy of a project; undefined where there is none. */
  project(id: Hash): Promise<{ owner: Address; policy: Address; kind: PolicyKind } | undefined>
  /** Who signed for a project with a power; undefined where it is nobody who may. */
  signerFor(project: Hash, power: number, digest: Hash, signature: Hex): Promise<Address | undefined>
  powersOf(project: Hash, account: Address): Promise<number>
  isErased(project: Hash, path: readonly Hash[]): Promise<boolean>
  isRevoked(project: Hash, policy: Address, grant: Hash): Promise<boolean>
  allRevokedAt(project: Hash, policy: Address): Promise<bigint>
  blindRoot(project: Hash): Promise<{ root: Hash; version: bigint }>
  /** Writes; each waits for its receipt and gives the transaction. */
  createProject(salt: Hash, policy: Address): Promise<Hash>
  setDelegate(project: Hash, account: Address, powers: number): Promise<Hash>
  grant(grant: Grant, signature: Hex): Promise<Hash>
  passOn(parent: Grant, grant: Grant, signature: Hex): Promise<Hash>
  revoke(policy: Address, order: Signed<RevokeNow>): Promise<Hash>
  takeBack(policy: Address, grant: Hash): Promise<Hash>
  setRoot(project: Hash, root: Hash): Promise<Hash>
  erase(order: Signed<Erase>): Promise<Hash>
}

const policyAbi = parseAbi([
  'function mayRelease(bytes32 object, uint8 rendition, bytes subject, uint32 purpose, bytes evidence) view returns (uint64 until, bytes4 reason)',
])
const contractSignatureAbi = parseAbi([
  'function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)',
])
const ACCEPTED = '0x1626ba7e'
/** Gas that a policy gets, as at a key node. */
const POLICY_GAS = 5_000_000n
/** Gas that a contract gets to say whether a signature is its own, as at a key node. */
const SIGNATURE_GAS = 300_000n

/** Settings of {@link vaultChain}. */
export interface VaultChainOptions {
  client: PublicClient
  /** sends transactions; without one the store only reads */
  wallet?: WalletClient | undefined
  chainId: number
  contracts?: VaultContracts
}

function writer(client: PublicClient, wallet: WalletClient | undefined) {
  return async (
    address: Address,
    abi: readonly unknown[],
    functionName: string,
    args: readonly unknown[],
  ) => {
    if (!wallet?.account)
      throw new BaseError(`${functionName} is a transaction on L2: expected a wallet, got none.`, {
        code: 'VAULT_NO_WALLET',
      })
    const account: Account = wallet.account
    const call = { address, abi, functionName, args, account }
    const { request } = await client.simulateContract(call as never)
    // Blocks come between the estimate and the transaction, and what is called passes on 63 of 64 parts of its gas.
    const gas = ((await client.estimateContractGas(call as never)) * 5n) / 4n
    const hash = await wallet.writeContract({ ...(request as object), gas } as never)
    const receipt = await client.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success')
      throw new BaseError(`The transaction ${hash} (${functionName}) reverted.`, { code: 'VAULT_REVERTED' })
    return hash
  }
}

/** L2 by viem's clients. */
export function vaultChain({
  client,
  wallet,
  chainId,
  contracts = genesisContracts,
}: VaultChainOptions): VaultChain {
  const registry = { address: contracts.registry, abi: accessRegistryAbi } as const
  const write = writer(client, wallet)
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
  const kindOf = (policy: Address): PolicyKind =>
    same(policy, zeroAddress)
      ? 'none'
      : same(policy, contracts.grants)
        ? 'grants'
        : same(policy, contracts.blindGrants)
          ? 'blind'
          : 'other'
  const onPolicy = (address: Address) => ({ address, abi: blindGrantsAbi }) as const
  return {
    domain: { chainId, registry: contracts.registry },
    contracts,
    async project(id) {
      const { owner, policy } = await client.readContract({
        ...{ ...registry, functionName: 'projectOf', args: [id] },
      })
      return same(owner, zeroAddress) ? undefined : { owner, policy, kind: kindOf(policy) }
    },
    async signerFor(project, power, digest, signature) {
      const args = [project, power, digest, signature] as const
      const signer = await client.readContract({ ...registry, functionName: 'signerFor', args })
      return same(signer, zeroAddress) ? undefined : signer
    },
    powersOf: (project, account) =>
      client.readContract({ ...registry, functionName: 'powersOf', args: [project, account] }),
    isErased: (project, path) =>
      client.readContract({ ...registry, functionName: 'isErased', args: [project, path] }),
    isRevoked: (project, policy, grant) =>
      client.readContract({ ...onPolicy(policy), functionName: 'isRevoked', args: [project, grant] }),
    allRevokedAt: (project, policy) =>
      client.readContract({ ...onPolicy(policy), functionName: 'allRevokedAt', args: [project] }),
    async blindRoot(project) {
      const [root, version] = await client.readContract({
        ...{ ...onPolicy(contracts.blindGrants), functionName: 'rootOf', args: [project] },
      })
      return { root, version }
    },
    createProject: (salt, policy) => write(...at(registry), 'createProject', [salt, policy]),
    setDelegate: (project, account, bits) => write(...at(registry), 'setDelegate', [project, account, bits]),
    grant: (grant, signature) => write(contracts.grants, grantsAbi, 'grant', [grant, signature]),
    passOn: (parent, grant, signature) =>
      write(contracts.grants, grantsAbi, 'passOn', [parent, grant, signature]),
    revoke: (policy, { message, signature }) =>
      write(policy, blindGrantsAbi, 'revokeBySignature', [message, signature]),
    takeBack: (policy, grant) => write(policy, blindGrantsAbi, 'takeBack', [grant]),
    setRoot: (project, root) => write(contracts.blindGrants, blindGrantsAbi, 'setRoot', [project, root]),
    erase: ({ message, signature }) => write(...at(registry), 'eraseBySignature', [message, signature]),
  }
}

const at = ({ address, abi }: { address: Address; abi: readonly unknown[] }) => [address, abi] as const

/** Calls at a block that is named by its hash (EIP-1898): the answer is of that block or none. */
function callsAt(client: PublicClient) {
  const request = client.request as (call: { method: string; params: unknown[] }) => Promise<Hex>
  return async (
    call: { address: Address; abi: readonly unknown[]; functionName: string; args: readonly unknown[] },
    blockHash: Hash,
    gas?: bigint,
  ): Promise<unknown> => {
    const { address: to, ...asked } = call
    const data = encodeFunctionData(asked as never)
    const transaction = { to, data, ...(gas === undefined ? {} : { gas: numberToHex(gas) }) }
    const result = await request({ method: 'eth_call', params: [transaction, { blockHash }] })
    return decodeFunctionResult({ ...asked, data: result } as never)
  }
}

/** Whether a call failed in the contract, not on the way: then the contract has denied. */
function isRevert(error: unknown): boolean {
  for (let each = error as { name?: string; code?: number; message?: string; cause?: unknown }; each;) {
    const { name = '', code, message = '' } = each
    if (
      code === 3 ||
      /revert|out of gas/i.test(message) ||
      /ZeroData|AbiDecoding|SliceOffset|Position/.test(name)
    )
      return true
    each = each.cause as typeof each
  }
  return false
}

/**
 * What an audit asks the chain, at the blocks that receipts name: from an archive node. A policy that reverts denies, with reason zero.
 * `fromBlock`: first block that may have anchors.
 */
export function chainState(options: {
  client: PublicClient
  contracts?: VaultContracts
  fromBlock?: bigint
}): AuditState {
  const { client, contracts = genesisContracts, fromBlock = 0n } = options
  const registry = { address: contracts.registry, abi: accessRegistryAbi } as const
  const callAt = callsAt(client)
  const denied = { until: 0n, reason: '0x00000000' } as const
  return {
    async block(blockHash) {
      try {
        const { number, timestamp } = await client.getBlock({ blockHash })
        return { number, timestamp }
      } catch (error) {
        if ((error as Error).name === 'BlockNotFoundError') return undefined
        throw error
      }
    },
    async policy({ project, object, rendition, subject, purpose, evidence }, blockHash) {
      const call = { ...registry, functionName: 'projectOf', args: [project] }
      const { policy } = (await callAt(call, blockHash)) as { policy: Address }
      if (policy === zeroAddress) return denied
      const args = [object, rendition, subject, purpose, evidence]
      try {
        const asked = { address: policy, abi: policyAbi, functionName: 'mayRelease', args }
        const [until, reason] = (await callAt(asked, blockHash, POLICY_GAS)) as [bigint, Hex]
        return { until, reason }
      } catch (error) {
        if (isRevert(error)) return denied
        throw error
      }
    },
    async project(project, blockHash) {
      const call = { ...registry, functionName: 'projectOf', args: [project] }
      const { owner, policy } = (await callAt(call, blockHash)) as { owner: Address; policy: Address }
      return owner === zeroAddress ? undefined : { owner, policy }
    },
    async signedFor(project, power, digest, signature, blockHash) {
      const call = { ...registry, functionName: 'signerFor', args: [project, power, digest, signature] }
      return (await callAt(call, blockHash)) !== zeroAddress
    },
    async contractSignature(address, hash, signature, blockHash) {
      const call = {
        address,
        abi: contractSignatureAbi,
        functionName: 'isValidSignature',
        args: [hash, signature],
      }
      try {
        return (await callAt(call, blockHash, SIGNATURE_GAS)) === ACCEPTED
      } catch (error) {
        if (isRevert(error)) return false
        throw error
      }
    },
    async anchors(node) {
      const logs = await client.getContractEvents({
        ...{ ...registry, eventName: 'ReceiptsAnchored', args: { node }, fromBlock, strict: true },
      })
      const anchors: Anchor[] = []
      for (const { args, blockHash } of logs) {
        const { timestamp } = await client.getBlock({ blockHash })
        anchors.push({ node, root: args.root, sequence: args.sequence, timestamp })
      }
      return anchors
    },
  }
}

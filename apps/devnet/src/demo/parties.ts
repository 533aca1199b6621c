import { readDeployment, type Deployment } from '@animechain/stack'
import {
  createPublicClient,
  createWalletClient,
  http,
  type Abi,
  type Account,
  type Address,
  type Chain,
  type Hash,
  type Hex,
  type PublicClient,
  type TransactionReceipt,
  type Transport,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getL2TransactionHashes } from 'viem/op-stack'
import { users } from '../roles.js'
import type { Stage } from './stage.js'

/** A call of a contract: of a function that changes something, or of one that answers. */
interface Call {
  address: Address
  abi: readonly unknown[]
  functionName: string
  args: readonly unknown[]
  /** wei */
  value?: bigint
}

/** A studio and an artist on both layers, and the verifier that watches them. What a call sends has succeeded when it answers. */
export interface Parties {
  stage: Stage
  addresses: Deployment['addresses']
  l1Chain: Chain
  l2Chain: Chain
  l1: PublicClient<Transport, Chain>
  l2: PublicClient<Transport, Chain>
  verifier: PublicClient<Transport, Chain>
  studio: Account
  artist: Account
  /** The studio calls a contract on L1. */
  callL1(call: Call): Promise<TransactionReceipt>
  /** The studio, or somebody else, calls a contract on L2. */
  callL2(call: Call, account?: Account): Promise<TransactionReceipt>
  readL1(call: Call): Promise<unknown>
  readL2(call: Call): Promise<unknown>
  /** The transaction on L2 that one on L1 deposited. */
  arrived(receipt: TransactionReceipt): Promise<TransactionReceipt>
  /** The studio deploys a contract on L1. */
  deploy(abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Address>
}

/** Makes them, from the deployment file and the well-known keys of a devnet. */
export function parties(stage: Stage): Parties {
  const { l1: l1Chain, l2: l2Chain, addresses } = readDeployment(stage.chainFile)
  const studio = privateKeyToAccount(users[7]!.privateKey)
  const artist = privateKeyToAccount(users[8]!.privateKey)
  const reader = (chain: Chain, url: string) =>
    createPublicClient({ chain, transport: http(url), pollingInterval: 250 })
  const l1 = reader(l1Chain, stage.l1Url)
  const l2 = reader(l2Chain, stage.l2Url)
  const l1Wallet = createWalletClient({ chain: l1Chain, transport: http(stage.l1Url), account: studio })
  const l2Wallet = createWalletClient({ chain: l2Chain, transport: http(stage.l2Url) })

  const onL2 = async (hash: Hash) =>
    succeeded(await l2.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L2')
  const onL1 = async (hash: Hash) =>
    succeeded(await l1.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L1')
  return {
    stage,
    addresses,
    l1Chain,
    l2Chain,
    l1,
    l2,
    verifier: reader(l2Chain, stage.verifierUrl),
    studio,
    artist,
    callL1: async (call: Call) => onL1(await l1Wallet.writeContract(call as never)),
    callL2: async (call: Call, account: Account = studio) =>
      onL2(await l2Wallet.writeContract({ ...call, account } as never)),
    readL1: (call: Call) => l1.readContract(call as never),
    readL2: (call: Call) => l2.readContract(call as never),
    async arrived(receipt: TransactionReceipt) {
      const [hash] = getL2TransactionHashes({ logs: receipt.logs })
      return onL2(hash!)
    },
    async deploy(abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Address> {
      const receipt = await onL1(await l1Wallet.deployContract({ abi, bytecode, args } as never))
      return receipt.contractAddress!
    },
  }
}

/** @throws Error where a transaction reverted */
export function succeeded(receipt: TransactionReceipt, where: string): TransactionReceipt {
  if (receipt.status !== 'success')
    throw new Error(`The transaction ${receipt.transactionHash} reverted on ${where}.`)
  return receipt
}

import type { L1Addresses } from '@animechain/contracts'
import {
  InvalidInputError,
  type Address,
  type Genesis,
  type GenesisAccount,
  type Hash,
} from '@animechain/core'

/** What a verifier needs of the deployment file. */
export interface Deployment {
  addresses: L1Addresses
  /** of L2 */
  chainId: bigint
  l1ChainId: number
  genesis: Genesis
  genesisHash: Hash
  /** L1 block from which on there are events */
  l1StartBlock: bigint
}

type InHex<T> = {
  [K in keyof T]: T[K] extends bigint ? string : T[K] extends bigint | undefined ? string : T[K]
}
interface File {
  addresses: L1Addresses
  l1: { id: number }
  rollup: {
    chainId: number
    l1StartBlock: number
    genesisHash: Hash
    genesis: InHex<Omit<Genesis, 'alloc' | 'number'>> & { alloc: Record<Address, InHex<GenesisAccount>> }
  }
}

/**
 * Reads the parsed content of a deployment file (chain.json).
 * @throws InvalidInputError when it is none
 */
export function parseDeployment(content: unknown): Deployment {
  try {
    const { addresses, l1, rollup } = content as File
    const { genesis } = rollup
    const alloc: Record<Address, GenesisAccount> = {}
    for (const [address, { balance, nonce, ...rest }] of Object.entries(genesis.alloc))
      alloc[address as Address] = {
        ...rest,
        ...(balance === undefined ? {} : { balance: BigInt(balance) }),
        ...(nonce === undefined ? {} : { nonce: BigInt(nonce) }),
      }
    return {
      addresses,
      chainId: BigInt(rollup.chainId),
      l1ChainId: l1.id,
      genesisHash: rollup.genesisHash,
      l1StartBlock: BigInt(rollup.l1StartBlock),
      genesis: {
        ...genesis,
        timestamp: BigInt(genesis.timestamp),
        gasLimit: BigInt(genesis.gasLimit),
        baseFeePerGas: BigInt(genesis.baseFeePerGas),
        alloc,
      },
    }
  } catch {
    throw new InvalidInputError(
      'deployment',
      'the content of the file that the deployment writes (chain.json)',
      content,
    )
  }
}

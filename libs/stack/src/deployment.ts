import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BaseError, type Address, type Genesis, type GenesisAccount, type Hash } from '@animechain/core'
import type { L1Addresses } from '@animechain/contracts'
import { defineChain, type Chain } from 'viem'
import { chainConfig } from 'viem/op-stack'

/** Everything that a node, a bridge or a wallet needs to know of a rollup: the content of the deployment file. */
export interface Deployment {
  /** viem chain objects; `l2` with `contracts` and `sourceId` as the actions of `viem/op-stack` read them */
  l1: Chain
  l2: Chain
  /** contracts on L1 by name */
  addresses: L1Addresses
  rollup: {
    chainId: bigint
    genesis: Genesis
    /** checked against what the engine makes of `genesis` */
    genesisHash: Hash
    /** L1 block from which on there are events */
    l1StartBlock: bigint
  }
}

/** Longest deployment file that is read, bytes. A genesis with its contracts has about 550 KB. */
const MAX_FILE_BYTES = 64 * 2 ** 20

const hexOf = (value: bigint) => `0x${value.toString(16)}`

/** Writes the deployment file: JSON, numbers beyond 2^53 as hex. Atomic: readers see the old file or the new one. */
export function writeDeployment(path: string, deployment: Deployment): void {
  const { genesis } = deployment.rollup
  const alloc = Object.fromEntries(
    Object.entries(genesis.alloc).map(([address, account]) => [
      address,
      {
        ...(account.balance === undefined ? {} : { balance: hexOf(account.balance) }),
        ...(account.nonce === undefined ? {} : { nonce: hexOf(account.nonce) }),
        ...(account.code === undefined ? {} : { code: account.code }),
        ...(account.storage === undefined ? {} : { storage: account.storage }),
      },
    ]),
  )
  // Formatters and serialisers are functions: what JSON would leave of them is of no use and in the way of the real ones.
  const { formatters: _f, serializers: _s, fees: _e, ...l2 } = deployment.l2
  const json = {
    l1: deployment.l1,
    l2,
    addresses: deployment.addresses,
    rollup: {
      chainId: Number(deployment.rollup.chainId),
      l1StartBlock: Number(deployment.rollup.l1StartBlock),
      genesisHash: deployment.rollup.genesisHash,
      genesis: {
        ...genesis,
        timestamp: hexOf(genesis.timestamp),
        gasLimit: hexOf(genesis.gasLimit),
        baseFeePerGas: hexOf(genesis.baseFeePerGas),
        alloc,
      },
    },
  }
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(
    temporary,
    JSON.stringify(json, (_key, value) => (typeof value === 'bigint' ? Number(value) : value), 2),
  )
  renameSync(temporary, path)
}

/**
 * Reads the deployment file.
 * @throws {BaseError} `DEPLOYMENT_FILE` that says which part is missing or wrong.
 */
export function readDeployment(path: string): Deployment {
  const wrong = (what: string, cause?: unknown) =>
    new BaseError(`The deployment file ${path} ${what}.`, {
      code: 'DEPLOYMENT_FILE',
      cause,
      metaMessages: [
        'Expected the file that the deployment writes, e.g. .devnet/chain.json: { l1, l2, addresses, rollup }.',
      ],
    })
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw wrong('cannot be read', cause)
  }
  if (text.length > MAX_FILE_BYTES) throw wrong(`is longer than ${MAX_FILE_BYTES} bytes`)
  let json: Record<string, never>
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw wrong('is no JSON', cause)
  }
  for (const part of ['l1', 'l2', 'addresses', 'rollup'])
    if (typeof json[part] !== 'object' || json[part] === null) throw wrong(`has no "${part}"`)
  try {
    return parse(json as unknown as DeploymentJson)
  } catch (cause) {
    throw wrong('has a value that cannot be read', cause)
  }
}

interface DeploymentJson {
  l1: Chain
  l2: Chain
  addresses: L1Addresses
  rollup: {
    chainId: number
    l1StartBlock: number
    genesisHash: Hash
    genesis: Omit<Genesis, 'timestamp' | 'gasLimit' | 'baseFeePerGas' | 'alloc'> & {
      timestamp: string
      gasLimit: string
      baseFeePerGas: string
      alloc: Record<Address, Omit<GenesisAccount, 'balance' | 'nonce'> & { balance?: string; nonce?: string }>
    }
  }
}

function parse({ l1, l2, addresses, rollup }: DeploymentJson): Deployment {
  const { genesis } = rollup
  const alloc: Record<Address, GenesisAccount> = {}
  for (const [address, account] of Object.entries(genesis.alloc)) {
    const { balance, nonce, ...rest } = account
    alloc[address as Address] = {
      ...rest,
      ...(balance === undefined ? {} : { balance: BigInt(balance) }),
      ...(nonce === undefined ? {} : { nonce: BigInt(nonce) }),
    }
  }
  return {
    l1: defineChain(l1),
    l2: defineChain({ ...chainConfig, ...l2 }) as Chain,
    addresses,
    rollup: {
      chainId: BigInt(rollup.chainId),
      l1StartBlock: BigInt(rollup.l1StartBlock),
      genesisHash: rollup.genesisHash,
      genesis: {
        ...genesis,
        timestamp: BigInt(genesis.timestamp),
        gasLimit: BigInt(genesis.gasLimit),
        baseFeePerGas: BigInt(genesis.baseFeePerGas),
        alloc,
      },
    },
  }
}

/**
 * Compares the block 0 that a node has with the one of the deployment file.
 * @throws {BaseError} `DEPLOYMENT_GENESIS`
 */
export function checkGenesis(deployment: Deployment, found: Hash | undefined): void {
  if (found === deployment.rollup.genesisHash) return
  throw new BaseError('The genesis block is not the one of the deployment file.', {
    code: 'DEPLOYMENT_GENESIS',
    metaMessages: [
      `Expected ${deployment.rollup.genesisHash}, got ${found}.`,
      'Either the folder belongs to another chain, or the file was changed after the deployment.',
    ],
  })
}

/** Answer of `optimism_rollupConfig`: what the chain is made of. `blockTime` in milliseconds. */
export function rollupInfo(deployment: Deployment, blockTime?: number): Record<string, unknown> {
  const { rollup, addresses, l1 } = deployment
  return {
    genesis: {
      l1: { number: rollup.l1StartBlock },
      l2: { hash: rollup.genesisHash, number: 0 },
      l2_time: rollup.genesis.timestamp,
      system_config: { gasLimit: rollup.genesis.gasLimit },
    },
    ...(blockTime === undefined ? {} : { block_time: Math.max(1, Math.round(blockTime / 1_000)) }),
    l1_chain_id: l1.id,
    l2_chain_id: rollup.chainId,
    batch_inbox_address: addresses.inbox,
    deposit_contract_address: addresses.optimismPortal,
    l1_system_config_address: addresses.systemConfig,
  }
}

import { crc32 } from 'node:zlib'
import { bigIntToBytes, hexToBytes, predeploys, type ChainConfig, type Hardfork } from '@animechain/core'
import { method, type MethodTable } from '../context.js'
import { quantity, type Json } from '../encode.js'

const address = (number: number) => `0x${number.toString(16).padStart(40, '0')}`

/** By the names of EIP-7910 and of the EIPs that brought them, with the number that is their address. */
const CANCUN = {
  BLAKE2F: 9,
  BN254_ADD: 6,
  BN254_MUL: 7,
  BN254_PAIRING: 8,
  ECREC: 1,
  ID: 4,
  KZG_POINT_EVALUATION: 10,
  MODEXP: 5,
  RIPEMD160: 3,
  SHA256: 2,
}
const PRAGUE = {
  ...CANCUN,
  BLS12_G1ADD: 11,
  BLS12_G1MSM: 12,
  BLS12_G2ADD: 13,
  BLS12_G2MSM: 14,
  BLS12_MAP_FP2_TO_G2: 17,
  BLS12_MAP_FP_TO_G1: 16,
  BLS12_PAIRING_CHECK: 15,
}
const PRECOMPILES: Record<Hardfork, Record<string, number>> = {
  cancun: CANCUN,
  prague: PRAGUE,
  osaka: { ...PRAGUE, P256VERIFY: 256 },
}

interface Genesis {
  hash: `0x${string}`
  /** seconds */
  timestamp: bigint
}

/** EIP-6122: a checksum of the genesis and of the forks up to a time, in seconds. Forks of the genesis itself do not count. */
function forkHash({ hardforks }: ChainConfig, genesis: Genesis, until: bigint): number {
  return hardforks
    .filter(({ timestamp }) => timestamp > genesis.timestamp && timestamp <= until)
    .reduce((sum, { timestamp }) => crc32(bigIntToBytes(timestamp, 8), sum), crc32(hexToBytes(genesis.hash)))
}

type Fork = ChainConfig['hardforks'][number]

function encodeFork(chain: ChainConfig, genesis: Genesis, { name, timestamp, blobSchedule }: Fork): Json {
  const precompiles = Object.entries(PRECOMPILES[name]).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    activationTime: timestamp > genesis.timestamp ? Number(timestamp) : 0,
    // A rollup has no blobs.
    blobSchedule: {
      baseFeeUpdateFraction: Number(blobSchedule?.baseFeeUpdateFraction ?? 0n),
      max: blobSchedule?.max ?? 0,
      target: blobSchedule?.target ?? 0,
    },
    chainId: quantity(chain.chainId),
    forkId: `0x${forkHash(chain, genesis, timestamp).toString(16).padStart(8, '0')}`,
    precompiles: Object.fromEntries(precompiles.map(([key, number]) => [key, address(number)])),
    systemContracts: name === 'cancun' ? {} : { HISTORY_STORAGE_ADDRESS: predeploys.historyStorage },
  }
}

/** EIP-7910, by the time of the head: the rules in force, those that come next, and those that come last. */
export function forkConfiguration(chain: ChainConfig, genesis: Genesis, now: bigint): Json {
  const { hardforks } = chain
  const encoded = (fork: Fork | undefined) => (fork ? encodeFork(chain, genesis, fork) : null)
  const next = hardforks.find(({ timestamp }) => timestamp > now)
  return {
    current: encoded(hardforks.findLast(({ timestamp }) => timestamp <= now)),
    next: encoded(next),
    last: encoded(next && hardforks[hardforks.length - 1]),
  }
}

/** `eth_`: the rules of the chain. */
export const configMethods: MethodTable = {
  eth_config: method([], ({ backend: { chain, chainConfig } }) =>
    forkConfiguration(chainConfig, chain.head('earliest'), chain.head('latest').timestamp),
  ),
}

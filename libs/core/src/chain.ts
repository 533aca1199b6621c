import type { Address, Hash, Hex } from './bytes.js'

/** Rules of the EVM, by the names of Ethereum's upgrades. */
export type Hardfork = 'cancun' | 'prague' | 'osaka'

/** Blob parameters of one fork (EIP-7840, EIP-7892). Plain Ethereum chains only. */
export interface BlobSchedule {
  target: number
  max: number
  baseFeeUpdateFraction: bigint
}

/** The rules of a chain. One object, everything else is derived from it. */
export interface ChainConfig {
  chainId: bigint
  /** Forks with the timestamp (seconds) from which each is in force, ascending; the first Must be in force at genesis. */
  hardforks: readonly { name: Hardfork; timestamp: bigint; blobSchedule?: BlobSchedule }[]
  /** EIP-1559 parameters. Ethereum: elasticity 2, denominator 8. */
  eip1559: { elasticityMultiplier: bigint; baseFeeMaxChangeDenominator: bigint }
  /**
   * Present: a rollup (deposits, L1 data fee, fee vaults, no blobs, no withdrawals, no requests; docs/spec/protocol.md).
   * Absent: plain Ethereum, as official test vectors want it.
   */
  rollup?: RollupRules
}

/** Accounts that fees go to and come from on a rollup; absent on a chain that follows Ethereum's rules (docs/spec/protocol.md, section 4). */
export interface RollupRules {
  /** Gets the base fee, wei. */
  baseFeeVault: Address
  /** Gets the L1 data fee, wei. */
  l1FeeVault: Address
  /** Gets the priority fee: beneficiary of every block. */
  sequencerFeeVault: Address
  /** The predeploy whose storage slots 0, 1 and 2 hold the L1 fee parameters. */
  l1Block: Address
}

/** The OP Stack's predeploy addresses, as this chain uses them, and from `0x42…1000` on those of its own. docs/spec/contracts.md. */
export const predeploys = {
  weth9: '0x4200000000000000000000000000000000000006',
  l2CrossDomainMessenger: '0x4200000000000000000000000000000000000007',
  gasPriceOracle: '0x420000000000000000000000000000000000000f',
  l2StandardBridge: '0x4200000000000000000000000000000000000010',
  sequencerFeeVault: '0x4200000000000000000000000000000000000011',
  optimismMintableErc20Factory: '0x4200000000000000000000000000000000000012',
  l2Erc721Bridge: '0x4200000000000000000000000000000000000014',
  l1Block: '0x4200000000000000000000000000000000000015',
  l2ToL1MessagePasser: '0x4200000000000000000000000000000000000016',
  optimismMintableErc721Factory: '0x4200000000000000000000000000000000000017',
  baseFeeVault: '0x4200000000000000000000000000000000000019',
  l1FeeVault: '0x420000000000000000000000000000000000001a',
  l2Erc1155Bridge: '0x4200000000000000000000000000000000000024',
  optimismMintableErc1155Factory: '0x4200000000000000000000000000000000000025',
  accessRegistry: '0x4200000000000000000000000000000000001000',
  grants: '0x4200000000000000000000000000000000001001',
  blindGrants: '0x4200000000000000000000000000000000001002',
  multicall3: '0xca11bde05977b3631167028862be2a173976ca11',
  historyStorage: '0x0000f90827f1c53a10cb7a02335b175320002935',
} as const satisfies Record<string, Address>

/** The sender of L1 attributes deposits. */
export const depositorAccount: Address = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'

/** The rollup rules of this project's chains. */
export const rollupRules: RollupRules = {
  baseFeeVault: predeploys.baseFeeVault,
  l1FeeVault: predeploys.l1FeeVault,
  sequencerFeeVault: predeploys.sequencerFeeVault,
  l1Block: predeploys.l1Block,
}

/** Rules of a rollup with everything at its usual value: the newest fork from genesis, EIP-1559 with elasticity 2 and denominator 50. */
export function rollupChain(options: { chainId: bigint }): ChainConfig {
  return {
    chainId: options.chainId,
    hardforks: [{ name: 'osaka', timestamp: 0n }],
    eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 50n },
    rollup: rollupRules,
  }
}

/** An account of the genesis. What is absent is zero or empty; storage is by slot, 32 bytes each. */
export interface GenesisAccount {
  /** wei */
  balance?: bigint
  nonce?: bigint
  code?: Hex
  storage?: Record<Hash, Hash>
}

/** Block 0. Its header has no transactions; the rest follows docs/spec/protocol.md 3.1. */
export interface Genesis {
  /** seconds */
  timestamp: bigint
  /** gas */
  gasLimit: bigint
  /** wei per gas */
  baseFeePerGas: bigint
  prevRandao: Hash
  extraData: Hex
  beneficiary: Address
  alloc: Record<Address, GenesisAccount>
  /** plain Ethereum test vectors may start elsewhere than 0 */
  number?: bigint
}

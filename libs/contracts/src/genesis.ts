import {
  InvalidInputError,
  predeploys,
  zeroAddress,
  zeroHash,
  type Address,
  type Genesis,
  type GenesisAccount,
  type Hash,
  type Hex,
} from '@animechain/core'
import type { L1Addresses } from './addresses.js'
import {
  accessRegistryDeployedBytecode,
  baseFeeVaultDeployedBytecode,
  baseFeeVaultStorageLayout,
  blindGrantsDeployedBytecode,
  blindGrantsStorageLayout,
  gasPriceOracleDeployedBytecode,
  grantsDeployedBytecode,
  grantsStorageLayout,
  l1BlockDeployedBytecode,
  l1FeeVaultDeployedBytecode,
  l1FeeVaultStorageLayout,
  l2CrossDomainMessengerDeployedBytecode,
  l2CrossDomainMessengerStorageLayout,
  l2Erc1155BridgeDeployedBytecode,
  l2Erc1155BridgeStorageLayout,
  l2Erc721BridgeDeployedBytecode,
  l2Erc721BridgeStorageLayout,
  l2StandardBridgeDeployedBytecode,
  l2StandardBridgeStorageLayout,
  l2ToL1MessagePasserDeployedBytecode,
  l2ToL1MessagePasserStorageLayout,
  optimismMintableErc1155FactoryDeployedBytecode,
  optimismMintableErc1155FactoryStorageLayout,
  optimismMintableErc20FactoryDeployedBytecode,
  optimismMintableErc721FactoryDeployedBytecode,
  optimismMintableErc721FactoryStorageLayout,
  sequencerFeeVaultDeployedBytecode,
  sequencerFeeVaultStorageLayout,
  weth9DeployedBytecode,
} from './generated/index.js'
import { preinstalledAccounts } from './preinstalls/index.js'

/** The code of EIP-2935 ("Bytecode"), with nonce 1 as that document's deployment leaves it. */
const historyStorageCode: Hex =
  '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500'

/** What the genesis of L2 follows from (docs/spec/contracts.md): the same parameters give the same hash. */
export interface GenesisParameters {
  /** The contracts on L1 that the predeploys answer to. */
  addresses: Pick<
    L1Addresses,
    | 'optimismPortal'
    | 'inbox'
    | 'l1CrossDomainMessenger'
    | 'l1StandardBridge'
    | 'l1Erc721Bridge'
    | 'l1Erc1155Bridge'
    | 'feeSplitter'
  >
  l1ChainId: number | bigint
  /** Some preinstalled contracts keep it in their code. */
  l2ChainId: number | bigint
  /** seconds; `deployL1` returns it */
  timestamp: bigint
  /** L2 block gas limit */
  gasLimit: bigint
  /** wei per gas; default 1 gwei */
  baseFeePerGas?: bigint
  /**
   * Gets the collected fees on L1; without it they can never leave their vaults. Where the addresses have a `feeSplitter`, that gets them, and passes four fifths on to
   * the recipient that the deployment named.
   */
  feeRecipient?: Address
  /** Least payment to the fee recipient, wei; default 0.1 ether */
  minFeeWithdrawal?: bigint
  /** Further accounts. None may stand where a predeploy or a preinstalled contract does. */
  alloc?: Record<Address, GenesisAccount>
}

/**
 * Block 0 of a chain: the predeploys and the preinstalled contracts of docs/spec/contracts.md with their code and storage, and the accounts given.
 * Pure: the same parameters give the same genesis, so anybody can rebuild it from the deployment.
 *
 * @throws {InvalidInputError} when an account is given for the address of one of them.
 */
export function genesis(parameters: GenesisParameters): Genesis {
  const { addresses, feeRecipient = zeroAddress, minFeeWithdrawal = 10n ** 17n } = parameters
  const other = (address: Address) => ({ otherBridge: BigInt(address) })
  const remote = { remoteChainId: BigInt(parameters.l1ChainId) }
  const recipient = addresses.feeSplitter ?? feeRecipient
  const vault = { recipient: BigInt(recipient), minWithdrawalAmount: minFeeWithdrawal }
  const alloc: Record<Address, GenesisAccount> = {
    ...preinstalledAccounts(BigInt(parameters.l2ChainId)),
    [predeploys.weth9]: contract(weth9DeployedBytecode),
    [predeploys.l2CrossDomainMessenger]: contract(
      l2CrossDomainMessengerDeployedBytecode,
      l2CrossDomainMessengerStorageLayout,
      { otherMessenger: BigInt(addresses.l1CrossDomainMessenger) },
    ),
    [predeploys.l2StandardBridge]: contract(
      l2StandardBridgeDeployedBytecode,
      l2StandardBridgeStorageLayout,
      other(addresses.l1StandardBridge),
    ),
    [predeploys.l2Erc721Bridge]: contract(
      l2Erc721BridgeDeployedBytecode,
      l2Erc721BridgeStorageLayout,
      other(addresses.l1Erc721Bridge),
    ),
    [predeploys.l2Erc1155Bridge]: contract(
      l2Erc1155BridgeDeployedBytecode,
      l2Erc1155BridgeStorageLayout,
      other(addresses.l1Erc1155Bridge),
    ),
    [predeploys.optimismMintableErc20Factory]: contract(optimismMintableErc20FactoryDeployedBytecode),
    [predeploys.optimismMintableErc721Factory]: contract(
      optimismMintableErc721FactoryDeployedBytecode,
      optimismMintableErc721FactoryStorageLayout,
      remote,
    ),
    [predeploys.optimismMintableErc1155Factory]: contract(
      optimismMintableErc1155FactoryDeployedBytecode,
      optimismMintableErc1155FactoryStorageLayout,
      remote,
    ),
    [predeploys.gasPriceOracle]: contract(gasPriceOracleDeployedBytecode),
    [predeploys.l1Block]: contract(l1BlockDeployedBytecode),
    [predeploys.l2ToL1MessagePasser]: contract(
      l2ToL1MessagePasserDeployedBytecode,
      l2ToL1MessagePasserStorageLayout,
      {
        optimismPortal: BigInt(addresses.optimismPortal),
        inbox: BigInt(addresses.inbox),
        l1CrossDomainMessenger: BigInt(addresses.l1CrossDomainMessenger),
      },
    ),
    [predeploys.sequencerFeeVault]: contract(
      sequencerFeeVaultDeployedBytecode,
      sequencerFeeVaultStorageLayout,
      vault,
    ),
    [predeploys.baseFeeVault]: contract(baseFeeVaultDeployedBytecode, baseFeeVaultStorageLayout, vault),
    [predeploys.l1FeeVault]: contract(l1FeeVaultDeployedBytecode, l1FeeVaultStorageLayout, vault),
    [predeploys.historyStorage]: contract(historyStorageCode),
    ...storeAccounts(),
  }
  addAccounts(alloc, parameters.alloc ?? {})
  return {
    timestamp: parameters.timestamp,
    gasLimit: parameters.gasLimit,
    baseFeePerGas: parameters.baseFeePerGas ?? 10n ** 9n,
    prevRandao: zeroHash,
    extraData: '0x',
    beneficiary: predeploys.sequencerFeeVault,
    alloc,
  }
}

/** Adds accounts of somebody else's. @throws {InvalidInputError} where one has the address of a contract of the genesis */
function addAccounts(alloc: Record<Address, GenesisAccount>, given: Record<string, GenesisAccount>): void {
  for (const [key, account] of Object.entries(given)) {
    const address = key.toLowerCase() as Address
    if (!/^0x[0-9a-f]{40}$/.test(address)) throw new InvalidInputError('genesis account', 'an address', key)
    if (alloc[address])
      throw new InvalidInputError(
        'genesis account',
        'an address that no predeploy or preinstalled contract has',
        key,
      )
    alloc[address] = account
  }
}

/** What the private store has on L2. */
function storeAccounts(): Record<Address, GenesisAccount> {
  const registry = { registry: BigInt(predeploys.accessRegistry) }
  return {
    [predeploys.accessRegistry]: contract(accessRegistryDeployedBytecode),
    [predeploys.grants]: contract(grantsDeployedBytecode, grantsStorageLayout, registry),
    [predeploys.blindGrants]: contract(blindGrantsDeployedBytecode, blindGrantsStorageLayout, registry),
  }
}

type StorageLayout = readonly { label: string; slot: string; offset: number; bytes: number }[]

/** An account with code as a finished constructor leaves it: nonce 1 (EIP-161), variables at their slots. */
function contract(
  code: Hex,
  layout: StorageLayout = [],
  values: Record<string, bigint> = {},
): GenesisAccount {
  const words = new Map<bigint, bigint>()
  for (const [label, value] of Object.entries(values)) {
    const entry = layout.find((variable) => variable.label === label)
    if (!entry) throw new InvalidInputError('storage variable', layout.map((v) => v.label).join(', '), label)
    if (value >> BigInt(8 * entry.bytes) !== 0n)
      throw new InvalidInputError(label, `${entry.bytes} bytes`, value)
    const slot = BigInt(entry.slot)
    words.set(slot, (words.get(slot) ?? 0n) | (value << BigInt(8 * entry.offset)))
  }
  const storage: Record<Hash, Hash> = {}
  for (const [slot, word] of words) if (word !== 0n) storage[hex32(slot)] = hex32(word)
  return { nonce: 1n, balance: 0n, code, storage }
}

function hex32(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, '0')}`
}

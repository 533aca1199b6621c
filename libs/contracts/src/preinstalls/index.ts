import type { Address, GenesisAccount, Hash, Hex } from '@animechain/core'
import { domainSeparator, numberToHex, size } from 'viem'
import { deployed } from './generated/code.js'

/** Key of a contract of others that stands in the genesis, e.g. `multicall3` (docs/spec/contracts.md). */
export type PreinstallName = keyof typeof deployed

/** A contract of somebody else's that tools expect at this address on every chain. */
export interface Preinstall {
  address: Address
  /** keccak256 of the code, for those with `domain` as on chain 1 */
  codeHash: Hash
  /** where the bytes were published */
  source: string
  /** of the contract's source, SPDX */
  licence: string
}

const arachnid = 'github.com/Arachnid/deterministic-deployment-proxy'
const safe = 'npm @gnosis.pm/safe-contracts 1.3.0, by the Safe singleton factory'
const entryPoint = (version: string) => `npm @account-abstraction/contracts ${version}`
const opStack = 'npm @eth-optimism/contracts-bedrock 0.17.3, Preinstalls.sol'

const of = (name: PreinstallName, codeHash: Hash, source: string, licence: string): Preinstall => ({
  address: deployed[name].address,
  codeHash,
  source,
  licence,
})

/**
 * What L2 has from block 0 beside the predeploys, as chains of the OP Stack do. Nobody owns them, nothing of the chain depends on them.
 * How the bytes were had: scripts/preinstalls.mjs.
 */
// prettier-ignore
export const preinstalls: Record<PreinstallName, Preinstall> = {
  deterministicDeploymentProxy: of('deterministicDeploymentProxy', '0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989', arachnid, 'Apache-2.0'),
  safeSingletonFactory: of('safeSingletonFactory', '0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989', 'npm @safe-global/safe-singleton-factory 2.0.0', 'MIT'),
  singletonFactory: of('singletonFactory', '0xc4d5542b53a8b779595a20a8ddd60e58a6c49d3c3decc2df83ced1c69c8ca807', 'ERC-2470', 'CC0-1.0'),
  create2Deployer: of('create2Deployer', '0xb0550b5b431e30d38000efb7107aaa0ade03d48a7198a140edda9d27134468b2', opStack, 'MIT'),
  createX: of('createX', '0xbd8a7ea8cfca7b4e5f5041d7d4b17bc317c5ce42cfbc42066a00cf26b43eb53f', 'npm @nomicfoundation/ignition-core 0.15.13 (presigned transaction)', 'AGPL-3.0-only'),
  multicall3: of('multicall3', '0xd5c15df687b16f2ff992fc8d767b4216323184a2bbc6ee2f9c398c318e770891', opStack, 'MIT'),
  permit2: of('permit2', '0xc67d1657868aa5146eaf24fb879fb1fdec3d2d493b3683a61c9c2f4fb2851131', opStack, 'MIT'),
  erc1820Registry: of('erc1820Registry', '0xf0aa940bb32e37c5f7268b53acc48c7cdd148cd0fc196f30faa00a4d66c0443a', 'ERC-1820; npm @openzeppelin/test-helpers 0.5.16', 'CC0-1.0'),
  safe: of('safe', '0xbba688fbdb21ad2bb58bc320638b43d94e7d100f6f3ebaab0a4e4de6304b1c2e', safe, 'LGPL-3.0-only'),
  safeL2: of('safeL2', '0x21842597390c4c6e3c1239e434a682b054bd9548eee5e9b1d6a4482731023c0f', safe, 'LGPL-3.0-only'),
  safeProxyFactory: of('safeProxyFactory', '0x337d7f54be11b6ed55fef7b667ea5488db53db8320a05d1146aa4bd169a39a9b', safe, 'LGPL-3.0-only'),
  safeMultiSend: of('safeMultiSend', '0x81db0e4afdf5178583537b58c5ad403bd47a4ac7f9bde2442ef3e341d433126a', safe, 'LGPL-3.0-only'),
  safeMultiSendCallOnly: of('safeMultiSendCallOnly', '0xa9865ac2d9c7a1591619b188c4d88167b50df6cc0c5327fcbd1c8c75f7c066ad', safe, 'LGPL-3.0-only'),
  safeFallbackHandler: of('safeFallbackHandler', '0x03e69f7ce809e81687c69b19a7d7cca45b6d551ffdec73d9bb87178476de1abf', safe, 'LGPL-3.0-only'),
  safeCreateCall: of('safeCreateCall', '0x8155d988823a4f6f1bcbc76a64af8e510c4ce68819290d43cf24956bd24dee82', safe, 'LGPL-3.0-only'),
  safeSignMessageLib: of('safeSignMessageLib', '0x04f321a6d37f5d8a758d11ee89708400438e96f74ff48f02f9bab7d7a7dbc051', safe, 'LGPL-3.0-only'),
  safeSimulateTxAccessor: of('safeSimulateTxAccessor', '0x66712e1d9161706f826d8d74a3cc03db0289b2530a1202f24d52986952b69a02', safe, 'LGPL-3.0-only'),
  entryPoint06: of('entryPoint06', '0xc93c806e738300b5357ecdc2e971d6438d34d8e4e17b99b758b1f9cac91c8e70', entryPoint('0.6.0'), 'GPL-3.0-only'),
  senderCreator06: of('senderCreator06', '0xae818091eaaf1b6175ee41472359a689f3823d0908a41e2e5c4ad508f2fc04a3', entryPoint('0.6.0'), 'GPL-3.0-only'),
  entryPoint07: of('entryPoint07', '0x8db5ff695839d655407cc8490bb7a5d82337a86a6b39c3f0258aa6c3b582fc58', entryPoint('0.7.0'), 'GPL-3.0-only'),
  senderCreator07: of('senderCreator07', '0x283c9d14378f5f4c4e24045b87d621d48443fa5b4af7dd7180a599b3756a7689', entryPoint('0.7.0'), 'GPL-3.0-only'),
  entryPoint08: of('entryPoint08', '0x44e632a24c6f2600cbd5b5b8b4c2d372359112c8b5774297f5fd0a9e64f11f86', entryPoint('0.8.0'), 'MIT'),
  senderCreator08: of('senderCreator08', '0xc69a1b3a000d570bc86eb096ee63a9014a17951ad616d720882ec61432b00fcf', entryPoint('0.8.0'), 'MIT'),
}

/** EIP-712 domains of the contracts that keep theirs in their code. */
const domains: { [name in PreinstallName]?: { name: string; version?: string } } = {
  permit2: { name: 'Permit2' },
  entryPoint08: { name: 'ERC4337', version: '1' },
}

/** The preinstalled accounts as their deployments would leave them on this chain. */
export function preinstalledAccounts(chainId: bigint): Record<Address, GenesisAccount> {
  const alloc: Record<Address, GenesisAccount> = {}
  for (const name of Object.keys(deployed) as PreinstallName[]) {
    const { address, nonce, code, storage } = deployed[name]
    alloc[address] = {
      nonce: BigInt(nonce),
      balance: 0n,
      code: forChain(name, code, chainId),
      storage: { ...storage },
    }
  }
  return alloc
}

/** The code with the chain id, and the domain separator that follows from it, where a constructor would have put them. */
function forChain(name: PreinstallName, code: Hex, chainId: bigint): Hex {
  const account: { address: Address; domain?: { chainId: number; separator: number } } = deployed[name]
  if (!account.domain) return code
  const separator = domainSeparator({
    domain: { ...domains[name], chainId, verifyingContract: account.address },
  })
  const words = [
    { at: account.domain.chainId, word: numberToHex(chainId, { size: 32 }) },
    { at: account.domain.separator, word: separator },
  ]
  return words.reduce((whole, { at, word }) => replaceBytes(whole, at, word), code)
}

/** `word` in the place of what is at byte `at`. */
function replaceBytes(code: Hex, at: number, word: Hex): Hex {
  const start = 2 + 2 * at
  return `0x${code.slice(2, start)}${word.slice(2)}${code.slice(start + 2 * size(word))}`
}

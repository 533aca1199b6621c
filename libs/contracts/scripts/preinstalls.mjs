// Writes src/preinstalls/generated/code.ts: what the published deployments of the preinstalled contracts leave on a chain.
// Needs npm's registry and the bundle of @animechain/testing. Each deployment is repeated on a fresh L1 as it was published (a transaction
// signed once for all chains, or CREATE2 with published init code and salt), so that the address it lands on proves the bytes. Three have no
// published init code on npm: theirs is the OP Stack's. src/preinstalls/index.ts names sources and hashes, test/preinstalls.test.ts compares.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { anvil } from '@animechain/testing'
import {
  concatHex,
  getContractAddress,
  getCreate2Address,
  numberToHex,
  parseTransaction,
  recoverTransactionAddress,
  sliceHex,
  zeroHash,
} from 'viem'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'preinstalls-'))
const require = createRequire(import.meta.url)

/** Signed once, for every chain: the sender, and so the contract's address, follows from the bytes. */
const arachnid =
  '0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222'
const eip2470 =
  '0xf9016c8085174876e8008303c4d88080b90154608060405234801561001057600080fd5b50610134806100206000396000f3fe6080604052348015600f57600080fd5b506004361060285760003560e01c80634af63f0214602d575b600080fd5b60cf60048036036040811015604157600080fd5b810190602081018135640100000000811115605b57600080fd5b820183602082011115606c57600080fd5b80359060200191846001830284011164010000000083111715608d57600080fd5b91908080601f016020809104026020016040519081016040528093929190818152602001838380828437600092019190915250929550509135925060eb915050565b604080516001600160a01b039092168252519081900360200190f35b6000818351602085016000f5939250505056fea26469706673582212206b44f8a82cb6b156bfcc3dc6aadd6df4eefd204bc928a4397fd15dacf6d5320564736f6c634300060200331b83247000822470'

/** Downloads a package as it was published; returns where its files are. */
function published(name) {
  const [tarball] = JSON.parse(execFileSync('npm', ['pack', name, '--json'], { cwd: folder }))
  const target = join(folder, name.replaceAll(/[^a-z0-9.]/g, '-'))
  mkdirSync(target)
  execFileSync('tar', ['xzf', join(folder, tarball.filename), '-C', target, '--strip-components=1'])
  return target
}
const json = (path) => JSON.parse(readFileSync(path, 'utf8'))

async function chain(chainId) {
  const node = await anvil({ chainId, blockTime: 3_600, args: ['--disable-default-create2-deployer'] })
  const [from] = await node.request('eth_accounts')
  const mined = async (hash) => {
    await node.request('evm_mine')
    const receipt = await node.request('eth_getTransactionReceipt', [hash])
    if (receipt?.status !== '0x1') throw new Error(`the deployment ${hash} failed`)
  }
  return {
    ...node,
    async raw(transaction) {
      const sender = await recoverTransactionAddress({ serializedTransaction: transaction })
      await node.request('anvil_setBalance', [sender, numberToHex(10n ** 20n)])
      await mined(await node.request('eth_sendRawTransaction', [transaction]))
      const { nonce = 0 } = parseTransaction(transaction)
      return getContractAddress({ from: sender, nonce: BigInt(nonce) })
    },
    async create2(factory, salt, bytecode) {
      const call = { from, to: factory, data: concatHex([salt, bytecode]), gas: numberToHex(12_000_000n) }
      await mined(await node.request('eth_sendTransaction', [call]))
      return getCreate2Address({ from: factory, salt, bytecode })
    },
    async account(address) {
      const [code, nonce] = await Promise.all([
        node.request('eth_getCode', [address, 'latest']),
        node.request('eth_getTransactionCount', [address, 'latest']),
      ])
      // Constructors of these write low slots, if any (thresholds, guards against re-entrance).
      const storage = {}
      for (let slot = 0; slot < 32; slot++) {
        const word = await node.request('eth_getStorageAt', [address, numberToHex(slot), 'latest'])
        if (word !== zeroHash) storage[numberToHex(slot, { size: 32 })] = word
      }
      return { address: address.toLowerCase(), nonce: Number(nonce), code, storage }
    },
  }
}

const safe = published('@gnosis.pm/safe-contracts@1.3.0')
const entryPoints = {
  v06: ['@account-abstraction/contracts@0.6.0', zeroHash],
  v07: [
    '@account-abstraction/contracts@0.7.0',
    '0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3',
  ],
  v08: [
    '@account-abstraction/contracts@0.8.0',
    '0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9',
  ],
}
const entryPoint = Object.fromEntries(
  Object.entries(entryPoints).map(([version, [name, salt]]) => [
    version,
    { salt, bytecode: json(join(published(name), 'artifacts', 'EntryPoint.json')).bytecode },
  ]),
)
const safeContracts = {
  safe: 'GnosisSafe.sol/GnosisSafe',
  safeL2: 'GnosisSafeL2.sol/GnosisSafeL2',
  safeProxyFactory: 'proxies/GnosisSafeProxyFactory.sol/GnosisSafeProxyFactory',
  safeMultiSend: 'libraries/MultiSend.sol/MultiSend',
  safeMultiSendCallOnly: 'libraries/MultiSendCallOnly.sol/MultiSendCallOnly',
  safeFallbackHandler: 'handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler',
  safeCreateCall: 'libraries/CreateCall.sol/CreateCall',
  safeSignMessageLib: 'examples/libraries/SignMessage.sol/SignMessageLib',
  safeSimulateTxAccessor: 'accessors/SimulateTxAccessor.sol/SimulateTxAccessor',
}

const ethereum = await chain(1)
const other = await chain(2)
try {
  const accounts = {}
  const keep = async (name, address) => (accounts[name] = await ethereum.account(address))
  const deployer = await ethereum.raw(arachnid)
  await other.raw(arachnid)
  await keep('deterministicDeploymentProxy', deployer)
  const singleton = json(
    join(published('@safe-global/safe-singleton-factory@2.0.0'), 'artifacts', '1', 'deployment.json'),
  )
  const safeFactory = await ethereum.raw(singleton.transaction)
  await keep('safeSingletonFactory', safeFactory)
  await keep('singletonFactory', await ethereum.raw(eip2470))
  const { ERC1820_REGISTRY_DEPLOY_TX } = require(
    join(published('@openzeppelin/test-helpers@0.5.16'), 'src', 'data.js'),
  )
  await keep('erc1820Registry', await ethereum.raw(ERC1820_REGISTRY_DEPLOY_TX))
  const ignition = published('@nomicfoundation/ignition-core@0.15.13')
  const { presignedTx } = require(
    join(ignition, 'dist', 'src', 'internal', 'execution', 'strategy', 'createx-artifact.js'),
  )
  await keep('createX', await ethereum.raw(presignedTx))
  for (const [name, path] of Object.entries(safeContracts)) {
    const { bytecode } = json(join(safe, 'build', 'artifacts', 'contracts', `${path}.json`))
    await keep(name, await ethereum.create2(safeFactory, zeroHash, bytecode))
  }
  for (const [version, { salt, bytecode }] of Object.entries(entryPoint)) {
    const address = await ethereum.create2(deployer, salt, bytecode)
    await keep(`entryPoint${version.slice(1)}`, address)
    await keep(`senderCreator${version.slice(1)}`, getContractAddress({ from: address, nonce: 1n }))
  }

  const op = published('@eth-optimism/contracts-bedrock@0.17.3')
  const table = readFileSync(join(op, 'src', 'libraries', 'Preinstalls.sol'), 'utf8')
  const fromTable = (name, constant, address) => {
    const code = `0x${new RegExp(`${constant} =\\s*hex"([0-9a-f]+)"`).exec(table)[1]}`
    accounts[name] = { address: address.toLowerCase(), nonce: 1, code, storage: {} }
  }
  fromTable('multicall3', 'MultiCall3Code', '0xcA11bde05977b3631167028862bE2a173976CA11')
  fromTable('create2Deployer', 'Create2DeployerCode', '0x13b0D85CcB8bf860b6b79AF3029fCA081AE9beF2')
  fromTable('permit2', 'Permit2TemplateCode', '0x000000000022D473030F116dDEE9F6B43aC78BA3')

  // Where a chain id stands in the code, and what is hashed from it. The OP Stack publishes it for Permit2; two chains show it for the EntryPoint.
  const [permit2ChainId, permit2Separator] = [
    ...table.matchAll(/mstore\(add\(add\(out_, 0x20\), (\d+)\)/g),
  ].map((match) => Number(match[1]))
  accounts.permit2.domain = { chainId: permit2ChainId, separator: permit2Separator }
  const { salt, bytecode } = entryPoint.v08
  const there = await other.account(await other.create2(deployer, salt, bytecode))
  const here = accounts.entryPoint08
  const byte = (code, at) => sliceHex(code, at, at + 1)
  const differing = [...Array((here.code.length - 2) / 2).keys()].filter(
    (at) => byte(here.code, at) !== byte(there.code, at),
  )
  // A hash differs in (nearly) every byte, a small chain id in its last.
  const one = numberToHex(1, { size: 32 })
  const chainId = differing.find((at) => sliceHex(here.code, at - 31, at + 1) === one) - 31
  here.domain = { chainId, separator: differing.find((at) => at < chainId || at >= chainId + 32) }

  const target = join(root, 'src', 'preinstalls', 'generated')
  mkdirSync(target, { recursive: true })
  writeFileSync(
    join(target, 'code.ts'),
    [
      '// Generated by scripts/preinstalls.mjs from published packages. Do not edit.',
      '/** Accounts as the published deployments leave them; the words at the byte offsets of `domain` depend on the chain. */',
      `export const deployed = ${JSON.stringify(accounts, null, 2)} as const`,
      '',
    ].join('\n'),
  )
  for (const [name, { address, nonce, code, storage, domain }] of Object.entries(accounts))
    console.log(name, address, nonce, (code.length - 2) / 2, JSON.stringify(storage), JSON.stringify(domain))
} finally {
  await Promise.all([ethereum.stop(), other.stop()])
  rmSync(folder, { recursive: true, force: true })
}

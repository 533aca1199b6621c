import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { preinstalls } from '@animechain/contracts'
import { temporaryDevnet, users, type TemporaryDevnet } from '@animechain/devnet'
import { readDeployment } from '@animechain/stack'
import { buildModule, deploy, type Artifact, type EIP1193Provider } from '@nomicfoundation/ignition-core'
import { toSimpleSmartAccount } from 'permissionless/accounts'
import {
  createPublicClient,
  createWalletClient,
  encodeDeployData,
  getAddress,
  getCreate2Address,
  http,
  keccak256,
  parseAbi,
  parseEther,
  parseEventLogs,
  publicActions,
  stringToHex,
  type Address,
  type Chain,
  type Hash,
  type Hex,
  type TransactionReceipt,
} from 'viem'
import {
  entryPoint07Abi,
  entryPoint07Address,
  toPackedUserOperation,
  type UserOperation,
} from 'viem/account-abstraction'
import { privateKeyToAccount } from 'viem/accounts'
import { publicActionsL1, publicActionsL2, walletActionsL1, walletActionsL2 } from 'viem/op-stack'
import { creation, reports, type Answer, type ReportContext } from './reports.js'
import { forgeProject } from './tools.js'

const require = createRequire(import.meta.url)
const counterAbi = parseAbi(['function count() view returns (uint256)', 'function steps(uint256 many)'])

/** Published tools as their documentation says, on the devnet as `npm start` makes it. Each case has an account of its own. */
describe('tools, unmodified, on the default devnet', () => {
  let net: TemporaryDevnet
  const project = forgeProject()
  beforeAll(async () => {
    ;[net] = await Promise.all([temporaryDevnet(), project.forge(['build'])])
  }, 300_000)
  afterAll(async () => {
    project.dispose()
    await net?.dispose()
  }, 180_000)

  const chains = () => readDeployment(net.chainFile) as { l1: Chain; l2: Chain }
  const wallet = (user: number) =>
    createWalletClient({
      chain: chains().l2,
      transport: http(),
      account: privateKeyToAccount(users[user]!.privateKey),
      pollingInterval: 250,
    }).extend(publicActions)
  async function mined(user: number, hash: Hash): Promise<TransactionReceipt> {
    const receipt = await wallet(user).waitForTransactionReceipt({ hash, timeout: 120_000 })
    expect(receipt.status).toBe('success')
    return receipt
  }

  test('every contract that chain.json names is there', async () => {
    const { l2 } = chains()
    for (const [name, { address }] of Object.entries(preinstalls)) {
      expect((l2.contracts?.[name] as { address: Address }).address).toBe(getAddress(address))
      expect((await wallet(0).getCode({ address }))?.length).toBeGreaterThan(100)
    }
  })

  test('forge script creates with a salt, by the deterministic deployer', async () => {
    const client = wallet(1)
    const output = await project.forge([
      'script',
      'script/Deploy.s.sol:Deploy',
      '--rpc-url',
      net.l2Url,
      '--private-key',
      users[1]!.privateKey,
      '--broadcast',
    ])
    expect(output).toContain('ONCHAIN EXECUTION COMPLETE & SUCCESSFUL')
    const artifact = counterArtifact(project.folder)
    const address = getCreate2Address({
      from: preinstalls.deterministicDeploymentProxy.address,
      salt: keccak256(stringToHex('counter')),
      bytecode: encodeDeployData({ abi: artifact.abi, bytecode: artifact.bytecode as Hex, args: [7n] }),
    })
    expect(await client.readContract({ address, abi: counterAbi, functionName: 'count' })).toBe(10n)
  }, 240_000)

  test('Ignition deploys with its strategy create2, by CreateX', async () => {
    const user = 2
    const client = wallet(user)
    const artifact = counterArtifact(project.folder)
    const counters = buildModule('Counters', (m) => {
      const counter = m.contract('Counter', [5n])
      m.call(counter, 'increase', [4n])
      return { counter }
    })
    const result = await deploy({
      config: { blockPollingInterval: 250, requiredConfirmations: 1 },
      artifactResolver: {
        loadArtifact: () => Promise.resolve(artifact),
        getBuildInfo: () => Promise.resolve(undefined),
      },
      provider: signingProvider(user),
      ignitionModule: counters,
      deploymentParameters: {},
      accounts: [client.account.address],
      strategy: 'create2',
      strategyConfig: { salt: keccak256(stringToHex('ignition')) },
    })
    expect(result).toMatchObject({ type: 'SUCCESSFUL_DEPLOYMENT' })
    const { contracts } = result as Extract<typeof result, { type: 'SUCCESSFUL_DEPLOYMENT' }>
    const address = contracts['Counters#Counter']!.address as Address
    expect(await client.readContract({ address, abi: counterAbi, functionName: 'count' })).toBe(9n)
  }, 240_000)

  /** What a wallet is to a tool: signs what `eth_sendTransaction` asks for and passes on everything else. */
  function signingProvider(user: number): EIP1193Provider {
    const client = wallet(user)
    return {
      request: ({ method, params }) => {
        if (method !== 'eth_sendTransaction')
          return client.request({ method, params } as Parameters<typeof client.request>[0])
        const [{ to, data, value, gas, nonce, maxFeePerGas, maxPriorityFeePerGas }] = params as [
          Record<string, Hex>,
        ]
        return client.sendTransaction({
          to: to!,
          data,
          value: BigInt(value ?? 0),
          gas: BigInt(gas!),
          nonce: Number(nonce),
          maxFeePerGas: BigInt(maxFeePerGas!),
          maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!),
        })
      },
    }
  }

  test('protocol-kit creates a Safe of three and two of them move ether', async () => {
    const [first, second, third] = [3, 4, 5].map((user) => users[user]!)
    const { default: Safe } = require('@safe-global/protocol-kit') as {
      default: { init(options: object): Promise<SafeKit> }
    }
    const contractNetworks = {
      [String(chains().l2.id)]: {
        safeSingletonAddress: getAddress(preinstalls.safeL2.address),
        safeProxyFactoryAddress: getAddress(preinstalls.safeProxyFactory.address),
        multiSendAddress: getAddress(preinstalls.safeMultiSend.address),
        multiSendCallOnlyAddress: getAddress(preinstalls.safeMultiSendCallOnly.address),
        fallbackHandlerAddress: getAddress(preinstalls.safeFallbackHandler.address),
        signMessageLibAddress: getAddress(preinstalls.safeSignMessageLib.address),
        createCallAddress: getAddress(preinstalls.safeCreateCall.address),
        simulateTxAccessorAddress: getAddress(preinstalls.safeSimulateTxAccessor.address),
      },
    }
    const planned = await Safe.init({
      provider: net.l2Url,
      signer: first!.privateKey,
      contractNetworks,
      predictedSafe: {
        safeAccountConfig: { owners: [first!, second!, third!].map(({ address }) => address), threshold: 2 },
        safeDeploymentConfig: { safeVersion: '1.3.0', saltNonce: '1' },
      },
    })
    const safeAddress = await planned.getAddress()
    const { to, data } = await planned.createSafeDeploymentTransaction()
    const client = wallet(3)
    await mined(3, await client.sendTransaction({ to, data }))
    await mined(3, await client.sendTransaction({ to: safeAddress, value: parseEther('1') }))

    const settings = { provider: net.l2Url, safeAddress, contractNetworks }
    const byFirst = await Safe.init({ ...settings, signer: first!.privateKey })
    expect(await byFirst.isSafeDeployed()).toBe(true)
    expect(await byFirst.getThreshold()).toBe(2)
    const target = getAddress(`0x${'5afe'.repeat(10)}`)
    // Two calls in one transaction go through MultiSendCallOnly.
    const transfer = { to: target, value: parseEther('0.25').toString(), data: '0x' }
    const unsigned = await byFirst.createTransaction({ transactions: [transfer, transfer], onlyCalls: true })
    const once = await byFirst.signTransaction(unsigned)
    const bySecond = await Safe.init({ ...settings, signer: second!.privateKey })
    const twice = await bySecond.signTransaction(once)
    const { hash } = await bySecond.executeTransaction(twice)
    await mined(4, hash)
    expect(await client.getBalance({ address: target })).toBe(parseEther('0.5'))
    expect(await byFirst.getNonce()).toBe(1)
  }, 240_000)

  test('a UserOperation creates its account through EntryPoint 0.7 and pays for itself', async () => {
    const bundler = 6
    const client = wallet(bundler)
    const factory = require('@account-abstraction/contracts/artifacts/SimpleAccountFactory.json') as {
      abi: readonly unknown[]
      bytecode: Hex
    }
    const created = await mined(
      bundler,
      await client.deployContract({ ...factory, args: [entryPoint07Address] } as never),
    )
    const owner = privateKeyToAccount(keccak256(stringToHex('owner of a smart account')))
    const account = await toSimpleSmartAccount({
      client,
      owner,
      entryPoint: { address: entryPoint07Address, version: '0.7' },
      factoryAddress: created.contractAddress!,
    } as never)
    const sender = await account.getAddress()
    await mined(bundler, await client.sendTransaction({ to: sender, value: parseEther('1') }))
    const target = getAddress(`0x${'4337'.repeat(10)}`)
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
    const operation: UserOperation<'0.7'> = {
      sender,
      nonce: await account.getNonce(),
      ...((await account.getFactoryArgs()) as { factory: Address; factoryData: Hex }),
      callData: await account.encodeCalls([{ to: target, value: parseEther('0.1'), data: '0x' }]),
      callGasLimit: 200_000n,
      verificationGasLimit: 600_000n,
      preVerificationGas: 60_000n,
      maxFeePerGas,
      maxPriorityFeePerGas,
      signature: '0x',
    }
    operation.signature = await account.signUserOperation(operation)
    const receipt = await mined(
      bundler,
      await client.writeContract({
        address: entryPoint07Address,
        abi: entryPoint07Abi,
        functionName: 'handleOps',
        args: [[toPackedUserOperation(operation)], client.account.address],
      }),
    )
    const [event] = parseEventLogs({
      abi: entryPoint07Abi,
      logs: receipt.logs,
      eventName: 'UserOperationEvent',
    })
    expect(event?.args).toMatchObject({ sender, success: true })
    expect(await client.getBalance({ address: target })).toBe(parseEther('0.1'))
    expect(await client.getCode({ address: sender })).toBeTruthy()
    // Nonces count in each key, which permissionless draws from the time.
    const key = operation.nonce >> 64n
    const next = { abi: entryPoint07Abi, functionName: 'getNonce', args: [sender, key] } as const
    expect(await client.readContract({ address: entryPoint07Address, ...next })).toBe(operation.nonce + 1n)
  }, 240_000)

  test('viem’s guide withdraws: initiate, prove and finalise by the user', async () => {
    const { l1, l2 } = chains()
    const account = privateKeyToAccount(users[9]!.privateKey)
    const settings = { transport: http(), pollingInterval: 250 }
    const publicClientL1 = createPublicClient({ chain: l1, ...settings }).extend(publicActionsL1())
    const publicClientL2 = createPublicClient({ chain: l2, ...settings }).extend(publicActionsL2())
    const walletClientL1 = createWalletClient({ account, chain: l1, ...settings }).extend(walletActionsL1())
    const walletClientL2 = createWalletClient({ account, chain: l2, ...settings }).extend(walletActionsL2())
    const target = getAddress(`0x${'3173'.repeat(10)}`)
    const value = parseEther('0.25')

    const initiate = { account, to: target, value } as const
    const args = await publicClientL1.buildInitiateWithdrawal(initiate as never)
    const hash: Hash = await walletClientL2.initiateWithdrawal(args as never)
    const receipt = await publicClientL2.waitForTransactionReceipt({ hash })

    const toProve = { receipt, targetChain: walletClientL2.chain }
    const { game, output, withdrawal } = await publicClientL1.waitToProve(toProve as never)
    const proveArgs = await publicClientL2.buildProveWithdrawal({
      account,
      game,
      output,
      withdrawal,
    } as never)
    const proveHash: Hash = await walletClientL1.proveWithdrawal(proveArgs as never)
    const proved = await publicClientL1.waitForTransactionReceipt({ hash: proveHash })
    expect(proved.status).toBe('success')

    const targetChain = walletClientL2.chain
    await publicClientL1.waitToFinalize({ targetChain, withdrawalHash: withdrawal.withdrawalHash } as never)
    const finalizeHash: Hash = await walletClientL1.finalizeWithdrawal({ targetChain, withdrawal } as never)
    const finalized = await publicClientL1.waitForTransactionReceipt({ hash: finalizeHash })
    expect(finalized.status).toBe('success')
    expect(await publicClientL1.getBalance({ address: target })).toBe(value)
    const status = { receipt, targetChain } as never
    expect(await publicClientL1.getWithdrawalStatus(status)).toBe('finalized')
  }, 400_000)

  test('a transaction signed for every chain (before EIP-155) creates its contract', async () => {
    // As deployers publish them: nobody has the key, it is paid for by sending ether to the signer.
    const signer = privateKeyToAccount(keccak256(stringToHex('signs once')))
    const client = wallet(8)
    await mined(8, await client.sendTransaction({ to: signer.address, value: parseEther('0.1') }))
    const serializedTransaction = await signer.signTransaction({
      type: 'legacy',
      nonce: 0,
      gas: 100_000n,
      gasPrice: 100_000_000_000n,
      data: '0x6001600c60003960016000f300',
    })
    const { contractAddress } = await mined(8, await client.sendRawTransaction({ serializedTransaction }))
    expect(await client.getCode({ address: contractAddress! })).toBe('0x00')
  }, 240_000)

  test('Permit2 moves a token by a signature over this chain’s domain', async () => {
    const permit2 = preinstalls.permit2.address
    const weth = '0x4200000000000000000000000000000000000006' as const
    const [owner, spender] = [wallet(7), wallet(8)]
    const abi = parseAbi([
      'function deposit() payable',
      'function approve(address, uint256) returns (bool)',
      'function balanceOf(address) view returns (uint256)',
      'struct TokenPermissions { address token; uint256 amount; }',
      'struct PermitTransferFrom { TokenPermissions permitted; uint256 nonce; uint256 deadline; }',
      'struct SignatureTransferDetails { address to; uint256 requestedAmount; }',
      'function permitTransferFrom(PermitTransferFrom permit, SignatureTransferDetails transferDetails, address owner, bytes signature)',
    ])
    await mined(7, await owner.writeContract({ address: weth, abi, functionName: 'deposit', value: 10n }))
    const approve = { address: weth, abi, functionName: 'approve', args: [permit2, 10n] } as const
    await mined(7, await owner.writeContract(approve))
    const permit = { permitted: { token: weth, amount: 10n }, nonce: 0n, deadline: 2n ** 64n } as const
    const signature = await owner.signTypedData({
      domain: { name: 'Permit2', chainId: chains().l2.id, verifyingContract: permit2 },
      types: {
        TokenPermissions: [
          { name: 'token', type: 'address' },
          { name: 'amount', type: 'uint256' },
        ],
        PermitTransferFrom: [
          { name: 'permitted', type: 'TokenPermissions' },
          { name: 'spender', type: 'address' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'PermitTransferFrom',
      message: { ...permit, spender: spender.account.address },
    })
    const target = getAddress(`0x${'9e41'.repeat(10)}`)
    const args = [permit, { to: target, requestedAmount: 6n }, owner.account.address, signature] as const
    await mined(
      8,
      await spender.writeContract({ address: permit2, abi, functionName: 'permitTransferFrom', args }),
    )
    expect(await owner.readContract({ address: weth, abi, functionName: 'balanceOf', args: [target] })).toBe(
      6n,
    )
  }, 240_000)

  describe('public reports of other projects’ users', () => {
    let context: ReportContext
    beforeAll(async () => {
      const client = wallet(0)
      const counterCode = compiled(project.folder, 'Counter')
      const created = await mined(
        0,
        await client.sendTransaction({ data: creation(counterCode, [7n]) } as never),
      )
      const counter = created.contractAddress!
      const steps = { address: counter, abi: counterAbi, functionName: 'steps', args: [3n] } as const
      const logged = await client.writeContract(steps)
      await mined(0, logged)
      const post = async (body: string, headers: Record<string, string> = {}) =>
        (
          await fetch(net.l2Url, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body,
          })
        ).json() as unknown
      const ask = async <T>(method: string, params: readonly unknown[] = []) =>
        (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))) as Answer<T>
      context = {
        url: net.l2Url,
        wsUrl: net.l2WsUrl,
        chain: chains().l2,
        counter,
        counterCode,
        logged,
        refusingCode: compiled(project.folder, 'Refusing').bytecode,
        privateKey: users[0]!.privateKey,
        ask,
        post,
        async get<T>(method: string, params: readonly unknown[] = []) {
          const { result, error } = await ask<T>(method, params)
          if (error) throw new Error(`${method}: ${JSON.stringify(error)}`)
          return result as T
        },
      }
    }, 120_000)

    test.each(reports.map((report) => [report.id, report.asks, report] as const))(
      '%s: %s',
      async (_id, _asks, report) => {
        await report.replay(context)
      },
      120_000,
    )
  })
})

function compiled(folder: string, name: string): { abi: Artifact['abi']; bytecode: Hex } {
  const path = join(folder, 'out', 'Counter.sol', `${name}.json`)
  const { abi, bytecode } = JSON.parse(readFileSync(path, 'utf8')) as {
    abi: Artifact['abi']
    bytecode: { object: Hex }
  }
  return { abi, bytecode: bytecode.object }
}

/**
 * What is used of protocol-kit. Its own types are not imported: they declare that an address is any string, for all of this repository's
 * use of viem.
 */
interface SafeKit {
  getAddress(): Promise<Address>
  createSafeDeploymentTransaction(): Promise<{ to: Address; data: Hex }>
  isSafeDeployed(): Promise<boolean>
  getThreshold(): Promise<number>
  getNonce(): Promise<number>
  createTransaction(options: object): Promise<object>
  signTransaction(transaction: object): Promise<object>
  executeTransaction(transaction: object): Promise<{ hash: Hash }>
}

function counterArtifact(folder: string): Artifact {
  return {
    contractName: 'Counter',
    sourceName: 'src/Counter.sol',
    ...compiled(folder, 'Counter'),
    linkReferences: {},
  }
}

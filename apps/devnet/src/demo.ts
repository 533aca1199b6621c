#!/usr/bin/env node
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { commandConfig, runCommand } from '@animechain/bridge-app'
import {
  animeWorkAbi,
  animeWorkBytecode,
  l2Erc721BridgeAbi,
  optimismMintableErc20FactoryAbi,
  optimismMintableErc721FactoryAbi,
  optimismPortalAbi,
  productionTokenAbi,
  productionTokenBytecode,
  l2StandardBridgeAbi,
} from '@animechain/contracts'
import { predeploys } from '@animechain/core'
import { readDeployment } from '@animechain/stack'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  formatEther,
  formatUnits,
  http,
  keccak256,
  parseAbi,
  parseEther,
  parseEventLogs,
  stringToHex,
  type Abi,
  type Address,
  type Hash,
  type Hex,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getL2TransactionHashes, getWithdrawals, getWithdrawalStatus } from 'viem/op-stack'
import { devnet, type Devnet } from './devnet.js'
import { cliPath } from './processes.js'
import { users } from './roles.js'
import { onSignal } from './signals.js'

const say = (text = '') => process.stdout.write(`${text}\n`)
const began = Date.now()
let stepNumber = 0
function step(title: string): void {
  say(`\n${++stepNumber}. ${title}   (${((Date.now() - began) / 1_000).toFixed(0)} s)`)
}
const note = (text: string) => say(`   ${text}`)

/** A step that did not hold ends the tour with exit code 1. */
function hold(condition: unknown, what: string): void {
  if (!condition) throw new Error(`This did not hold: ${what}`)
  note(`✓ ${what}`)
}

async function until<T>(what: string, ask: () => Promise<T | undefined | false>, seconds = 120): Promise<T> {
  const end = Date.now() + seconds * 1_000
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}.`)
    await new Promise((r) => setTimeout(r, 500))
  }
}

/** What the tour needs of a devnet, whether it is its own or one that runs already. */
interface Stage {
  chainFile: string
  l1Url: string
  l2Url: string
  verifierUrl: string
  pauseSequencer(): Promise<void>
  end(): Promise<void>
}

/** The devnet in `.devnet`, when one runs there. */
function runningDevnet(): Stage | undefined {
  const directory = resolve('.devnet')
  const path = join(directory, 'running.json')
  if (!existsSync(path)) return undefined
  const { pid, sequencerPid, l1Url, l2Url, verifierUrl } = JSON.parse(readFileSync(path, 'utf8')) as {
    pid: number
    sequencerPid: number
    l1Url: string
    l2Url: string
    verifierUrl: string
  }
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  let paused = false
  return {
    chainFile: join(directory, 'chain.json'),
    l1Url,
    l2Url,
    verifierUrl,
    // It belongs to somebody else: it is halted, not ended, and goes on afterwards.
    async pauseSequencer() {
      process.kill(sequencerPid, 'SIGSTOP')
      paused = true
    },
    async end() {
      if (paused) process.kill(sequencerPid, 'SIGCONT')
    },
  }
}

async function ownDevnet(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-demo-'))
  say('No devnet runs here: starting one for the tour ...')
  const net: Devnet = await devnet({
    directory,
    l1Port: 0,
    l2Port: 0,
    verifierPort: 0,
    bridgePort: 0,
    metricsPort: 0,
    bridgeGrace: 0,
    l1Config: { forceDelay: 10 },
    onPhase: (phase) => note(phase),
  })
  return {
    chainFile: net.chainFile,
    l1Url: net.l1Url,
    l2Url: net.l2Url,
    verifierUrl: net.verifierUrl!,
    pauseSequencer: () => net.stopProgram('sequencer'),
    async end() {
      await net.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function tour(stage: Stage): Promise<void> {
  const { l1: l1Chain, l2: l2Chain, addresses } = readDeployment(stage.chainFile)
  const studio = privateKeyToAccount(users[7]!.privateKey)
  const artist = users[8]!
  const l1 = createPublicClient({ chain: l1Chain, transport: http(stage.l1Url), pollingInterval: 250 })
  const l2 = createPublicClient({ chain: l2Chain, transport: http(stage.l2Url), pollingInterval: 250 })
  const verifier = createPublicClient({
    chain: l2Chain,
    transport: http(stage.verifierUrl),
    pollingInterval: 250,
  })
  const l1Wallet = createWalletClient({ chain: l1Chain, transport: http(stage.l1Url), account: studio })
  const l2Wallet = createWalletClient({ chain: l2Chain, transport: http(stage.l2Url), account: studio })

  const onL1 = async (hash: Hash) =>
    succeeded(await l1.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L1')
  const onL2 = async (hash: Hash) =>
    succeeded(await l2.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L2')
  const arrived = async (receipt: TransactionReceipt) => {
    const [hash] = getL2TransactionHashes({ logs: receipt.logs })
    return onL2(hash!)
  }
  const deploy = async (abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Address> => {
    const receipt = await onL1(await l1Wallet.deployContract({ abi, bytecode, args } as never))
    return receipt.contractAddress!
  }

  step('Deposit ETH: from L1 to L2 through the portal')
  const before = await l2.getBalance({ address: studio.address })
  const deposit = await onL1(
    await l1Wallet.writeContract({
      address: addresses.optimismPortal,
      abi: optimismPortalAbi,
      functionName: 'depositTransaction',
      args: [studio.address, parseEther('3'), 100_000n, false, '0x'],
      value: parseEther('3'),
    }),
  )
  note(`L1 transaction ${deposit.transactionHash} in block ${deposit.blockNumber}`)
  const credited = await arrived(deposit)
  note(`L2 transaction ${credited.transactionHash} in block ${credited.blockNumber}`)
  hold((await l2.getBalance({ address: studio.address })) === before + parseEther('3'), '3 ETH more on L2')

  step('A production gets its token (ERC-20) and its register of works (ERC-721) on L1')
  const token = await deploy(productionTokenAbi, productionTokenBytecode, [
    'Aozora Production',
    'AOZORA',
    studio.address,
  ])
  const works = await deploy(animeWorkAbi, animeWorkBytecode, ['Aozora Works', 'AOZW', studio.address])
  await onL1(
    await l1Wallet.writeContract({
      address: token,
      abi: productionTokenAbi,
      functionName: 'mint',
      args: [studio.address, parseEther('1000')],
    }),
  )
  await onL1(
    await l1Wallet.writeContract({
      address: works,
      abi: animeWorkAbi,
      functionName: 'register',
      args: [studio.address, keccak256(stringToHex('encrypted storyboard 1')), 500n],
    }),
  )
  note(`token ${token}, works ${works}`)
  hold(
    (await l1.readContract({ address: works, abi: animeWorkAbi, functionName: 'ownerOf', args: [1n] })) ===
      studio.address,
    'work 1 is registered for the studio, with a royalty of 5%',
  )

  step('Their twins on L2')
  const made20 = await onL2(
    await l2Wallet.writeContract({
      address: predeploys.optimismMintableErc20Factory,
      abi: optimismMintableErc20FactoryAbi,
      functionName: 'createOptimismMintableERC20',
      args: [token, 'Aozora Production', 'AOZORA'],
    }),
  )
  const token2 = parseEventLogs({
    abi: optimismMintableErc20FactoryAbi,
    logs: made20.logs,
    eventName: 'StandardL2TokenCreated',
  })[0]!.args.localToken
  const made721 = await onL2(
    await l2Wallet.writeContract({
      address: predeploys.optimismMintableErc721Factory,
      abi: optimismMintableErc721FactoryAbi,
      functionName: 'createOptimismMintableERC721',
      args: [works, 'Aozora Works', 'AOZW'],
    }),
  )
  const works2 = parseEventLogs({
    abi: optimismMintableErc721FactoryAbi,
    logs: made721.logs,
    eventName: 'OptimismMintableERC721Created',
  })[0]!.args.localToken
  note(`token ${token2}, works ${works2}`)

  step('Bridge both to L2')
  await onL1(
    await l1Wallet.writeContract({
      address: token,
      abi: productionTokenAbi,
      functionName: 'approve',
      args: [addresses.l1StandardBridge, parseEther('600')],
    }),
  )
  const sent20 = await onL1(
    await l1Wallet.writeContract({
      address: addresses.l1StandardBridge,
      abi: l2StandardBridgeAbi,
      functionName: 'bridgeERC20To',
      args: [token, token2, studio.address, parseEther('600'), 300_000, '0x'],
    }),
  )
  await onL1(
    await l1Wallet.writeContract({
      address: works,
      abi: animeWorkAbi,
      functionName: 'approve',
      args: [addresses.l1Erc721Bridge, 1n],
    }),
  )
  const sent721 = await onL1(
    await l1Wallet.writeContract({
      address: addresses.l1Erc721Bridge,
      abi: l2Erc721BridgeAbi,
      functionName: 'bridgeERC721To',
      args: [works, works2, artist.address, 1n, 400_000, '0x'],
    }),
  )
  await arrived(sent20)
  await arrived(sent721)
  const erc20 = productionTokenAbi
  hold(
    (await l2.readContract({
      address: token2,
      abi: erc20,
      functionName: 'balanceOf',
      args: [studio.address],
    })) === parseEther('600'),
    '600 AOZORA on L2, locked on L1',
  )
  hold(
    (await l2.readContract({ address: works2, abi: animeWorkAbi, functionName: 'ownerOf', args: [1n] })) ===
      artist.address,
    'work 1 belongs to the artist on L2',
  )

  step('Use them on L2: pay the artist')
  const paid = await onL2(
    await l2Wallet.writeContract({
      address: token2,
      abi: erc20,
      functionName: 'transfer',
      args: [artist.address, parseEther('250')],
    }),
  )
  const { l1Fee } = paid as unknown as { l1Fee: bigint }
  note(
    `fee on L2 ${formatEther(paid.gasUsed * paid.effectiveGasPrice)} ETH, for L1 data ${formatEther(l1Fee)} ETH`,
  )
  hold(
    (await l2.readContract({
      address: token2,
      abi: erc20,
      functionName: 'balanceOf',
      args: [artist.address],
    })) === parseEther('250'),
    `${formatUnits(parseEther('250'), 18)} AOZORA arrived`,
  )

  step('Watch a batch land on L1')
  const safe = await until('a batch that holds the payment', async () => {
    const block = await l2.getBlock({ blockTag: 'safe' })
    return block.number >= paid.blockNumber && block
  })
  hold(safe.number >= paid.blockNumber, `block ${paid.blockNumber} is safe: its bytes are on L1`)

  step('Rebuild the chain from L1 alone, with a fresh verifier on an empty folder')
  const folder = mkdtempSync(join(tmpdir(), 'animechain-verifier-'))
  try {
    const target = await l2.getBlock({ blockTag: 'safe' })
    const flags = [
      '--l1-rpc-url',
      stage.l1Url,
      '--deployment',
      stage.chainFile,
      '--data-dir',
      folder,
      '--rpc-port',
      '0',
      '--metrics-port',
      '0',
      '--exit-at-block',
      String(target.number),
      '--log-level',
      'silent',
    ]
    const run = await program(cliPath('@animechain/verifier'), flags)
    note(run.output.trim())
    hold(
      run.code === 0 && run.output.includes(`derived block ${target.number} ${target.hash}`),
      'the same block hash as the sequencer',
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }

  step('Bring the tokens back: the bridge proves and finalises by itself')
  const back20 = await onL2(
    await l2Wallet.writeContract({
      address: predeploys.l2StandardBridge,
      abi: l2StandardBridgeAbi,
      functionName: 'bridgeERC20To',
      args: [token2, token, studio.address, parseEther('100'), 300_000, '0x'],
    }),
  )
  const artistL2 = createWalletClient({
    chain: l2Chain,
    transport: http(stage.l2Url),
    account: privateKeyToAccount(artist.privateKey),
  })
  const back721 = await onL2(
    await artistL2.writeContract({
      address: predeploys.l2Erc721Bridge,
      abi: l2Erc721BridgeAbi,
      functionName: 'bridgeERC721To',
      args: [works2, works, artist.address, 1n, 400_000, '0x'],
    }),
  )
  for (const [name, receipt] of [
    ['ERC-20', back20],
    ['ERC-721', back721],
  ] as const) {
    const [withdrawal] = getWithdrawals({ logs: receipt.logs })
    note(`${name} withdrawal ${withdrawal!.withdrawalHash}`)
    let last = ''
    await until(
      `the ${name} on L1`,
      async () => {
        const status = await getWithdrawalStatus(l1, {
          receipt,
          targetChain: l2Chain as never,
          chain: l1Chain,
        })
        if (status !== last) note(`${name}: ${(last = status)}`)
        return status === 'finalized' || undefined
      },
      // A devnet that runs already leaves each step to its user for a minute.
      360,
    )
  }
  hold(
    (await l1.readContract({
      address: token,
      abi: erc20,
      functionName: 'balanceOf',
      args: [studio.address],
    })) === parseEther('500'),
    '100 AOZORA are back on L1',
  )
  hold(
    (await l1.readContract({ address: works, abi: animeWorkAbi, functionName: 'ownerOf', args: [1n] })) ===
      artist.address,
    'work 1 belongs to the artist on L1',
  )

  step('Withdraw ETH with the command line: initiate, prove, finalise')
  const purse = `0x${Date.now().toString(16).padStart(40, 'e')}` as Address
  const argv = [
    '--l1-rpc-url',
    stage.l1Url,
    '--l2-rpc-url',
    stage.l2Url,
    '--deployment',
    stage.chainFile,
    '--amount',
    '0.5',
    '--to',
    purse,
    'withdraw',
  ]
  await command(argv)
  hold((await l1.getBalance({ address: purse })) === parseEther('0.5'), '0.5 ETH on L1')

  step('Exit by force: the sequencer is stopped')
  await stage.pauseSequencer()
  const data = encodeFunctionData({
    abi: parseAbi(['function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable']),
    args: [studio.address, 100_000n, '0x'],
  })
  const forced = await onL1(
    await l1Wallet.writeContract({
      address: addresses.optimismPortal,
      abi: optimismPortalAbi,
      functionName: 'depositTransaction',
      args: [predeploys.l2ToL1MessagePasser, parseEther('1'), 500_000n, false, data],
    }),
  )
  note(`the withdrawal waits in L1's inbox since block ${forced.blockNumber}`)
  await until('the force-inclusion delay', async () => {
    await command(['--l1-rpc-url', stage.l1Url, '--deployment', stage.chainFile, 'force'])
    return true
  })
  const [forcedHash] = getL2TransactionHashes({ logs: forced.logs })
  const exit = succeeded(
    await verifier.waitForTransactionReceipt({ hash: forcedHash!, timeout: 60_000 }),
    'the verifier',
  )
  hold(
    getWithdrawals({ logs: exit.logs }).length === 1,
    `the withdrawal happened in L2 block ${exit.blockNumber}, as every verifier sees it, without the sequencer`,
  )
}

/** The bridge's command line, in this process. */
async function command(argv: readonly string[]): Promise<void> {
  const loaded = commandConfig.load({ argv, env: { ANIMECHAIN_KEY: users[7]!.privateKey } })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  await runCommand(loaded.positionals, loaded.values, note)
}

/** Runs a program of ours to its end. */
function program(path: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--no-warnings', path, ...args],
      { timeout: 120_000 },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    ),
  )
}

function succeeded(receipt: TransactionReceipt, where: string): TransactionReceipt {
  if (receipt.status !== 'success')
    throw new Error(`The transaction ${receipt.transactionHash} reverted on ${where}.`)
  return receipt
}

let stage: Stage | undefined
let code = 1
onSignal(() => void (stage?.end() ?? Promise.resolve()).finally(() => process.exit(130)))
try {
  say('A guided tour of the rollup: every line is a real transaction on real chains on this machine.')
  stage = runningDevnet() ?? (await ownDevnet())
  await tour(stage)
  say(`\nEvery step held, in ${((Date.now() - began) / 1_000).toFixed(0)} s.`)
  code = 0
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
} finally {
  await stage?.end()
}
process.exit(code)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  animeWorkAbi,
  animeWorkBytecode,
  l2Erc721BridgeAbi,
  l2StandardBridgeAbi,
  optimismMintableErc20FactoryAbi,
  optimismMintableErc721FactoryAbi,
  optimismPortalAbi,
  productionTokenAbi,
  productionTokenBytecode,
} from '@animechain/contracts'
import { predeploys } from '@animechain/core'
import {
  encodeFunctionData,
  formatEther,
  formatUnits,
  keccak256,
  parseAbi,
  parseEther,
  parseEventLogs,
  stringToHex,
  type Address,
  type TransactionReceipt,
} from 'viem'
import { getL2TransactionHashes, getWithdrawals, getWithdrawalStatus } from 'viem/op-stack'
import { cliPath } from '../processes.js'
import { command, program } from './commands.js'
import { parties, succeeded, type Parties } from './parties.js'
import type { Stage } from './stage.js'
import { hold, note, step, until } from './tell.js'

/** A token and a register of works on one layer. */
interface Production {
  token: Address
  works: Address
}

/** The tour. @throws Error at the first step that does not hold */
export async function tour(stage: Stage): Promise<void> {
  const all = parties(stage)
  await depositEther(all)
  const home = await startProduction(all)
  const twins = await makeTwins(all, home)
  await bridgeToL2(all, home, twins)
  const paid = await payArtist(all, twins)
  await watchBatch(all, paid)
  await rebuild(all)
  await bringBack(all, home, twins)
  await withdrawByCommand(all)
  await exitByForce(all)
}

async function depositEther({ l2, studio, addresses, callL1, arrived }: Parties): Promise<void> {
  step('Deposit ETH: from L1 to L2 through the portal')
  const before = await l2.getBalance({ address: studio.address })
  const deposit = await callL1({
    address: addresses.optimismPortal,
    abi: optimismPortalAbi,
    functionName: 'depositTransaction',
    args: [studio.address, parseEther('3'), 100_000n, false, '0x'],
    value: parseEther('3'),
  })
  note(`L1 transaction ${deposit.transactionHash} in block ${deposit.blockNumber}`)
  const credited = await arrived(deposit)
  note(`L2 transaction ${credited.transactionHash} in block ${credited.blockNumber}`)
  hold((await l2.getBalance({ address: studio.address })) === before + parseEther('3'), '3 ETH more on L2')
}

async function startProduction({ studio, deploy, callL1, readL1 }: Parties): Promise<Production> {
  step('A production gets its token (ERC-20) and its register of works (ERC-721) on L1')
  const token = await deploy(productionTokenAbi, productionTokenBytecode, [
    'Aozora Production',
    'AOZORA',
    studio.address,
  ])
  const works = await deploy(animeWorkAbi, animeWorkBytecode, ['Aozora Works', 'AOZW', studio.address])
  await callL1({
    address: token,
    abi: productionTokenAbi,
    functionName: 'mint',
    args: [studio.address, parseEther('1000')],
  })
  await callL1({
    address: works,
    abi: animeWorkAbi,
    functionName: 'register',
    args: [studio.address, keccak256(stringToHex('encrypted storyboard 1')), 500n],
  })
  note(`token ${token}, works ${works}`)
  hold(
    (await readL1(ownerOfFirst(works))) === studio.address,
    'work 1 is registered for the studio, with a royalty of 5%',
  )
  return { token, works }
}

const ownerOfFirst = (works: Address) => ({
  address: works,
  abi: animeWorkAbi,
  functionName: 'ownerOf',
  args: [1n],
})
const balanceOf = (token: Address, owner: Address) => ({
  address: token,
  abi: productionTokenAbi,
  functionName: 'balanceOf',
  args: [owner],
})

async function makeTwins({ callL2 }: Parties, { token, works }: Production): Promise<Production> {
  step('Their twins on L2')
  const made20 = await callL2({
    address: predeploys.optimismMintableErc20Factory,
    abi: optimismMintableErc20FactoryAbi,
    functionName: 'createOptimismMintableERC20',
    args: [token, 'Aozora Production', 'AOZORA'],
  })
  const made721 = await callL2({
    address: predeploys.optimismMintableErc721Factory,
    abi: optimismMintableErc721FactoryAbi,
    functionName: 'createOptimismMintableERC721',
    args: [works, 'Aozora Works', 'AOZW'],
  })
  const twins = {
    token: parseEventLogs({
      abi: optimismMintableErc20FactoryAbi,
      logs: made20.logs,
      eventName: 'StandardL2TokenCreated',
    })[0]!.args.localToken,
    works: parseEventLogs({
      abi: optimismMintableErc721FactoryAbi,
      logs: made721.logs,
      eventName: 'OptimismMintableERC721Created',
    })[0]!.args.localToken,
  }
  note(`token ${twins.token}, works ${twins.works}`)
  return twins
}

async function bridgeToL2(all: Parties, home: Production, twins: Production): Promise<void> {
  const { addresses, studio, artist, callL1, arrived, readL2 } = all
  step('Bridge both to L2')
  await callL1({
    address: home.token,
    abi: productionTokenAbi,
    functionName: 'approve',
    args: [addresses.l1StandardBridge, parseEther('600')],
  })
  const sent20 = await callL1({
    address: addresses.l1StandardBridge,
    abi: l2StandardBridgeAbi,
    functionName: 'bridgeERC20To',
    args: [home.token, twins.token, studio.address, parseEther('600'), 300_000, '0x'],
  })
  await callL1({
    address: home.works,
    abi: animeWorkAbi,
    functionName: 'approve',
    args: [addresses.l1Erc721Bridge, 1n],
  })
  const sent721 = await callL1({
    address: addresses.l1Erc721Bridge,
    abi: l2Erc721BridgeAbi,
    functionName: 'bridgeERC721To',
    args: [home.works, twins.works, artist.address, 1n, 400_000, '0x'],
  })
  await arrived(sent20)
  await arrived(sent721)
  hold(
    (await readL2(balanceOf(twins.token, studio.address))) === parseEther('600'),
    '600 AOZORA on L2, locked on L1',
  )
  hold((await readL2(ownerOfFirst(twins.works))) === artist.address, 'work 1 belongs to the artist on L2')
}

async function payArtist(
  { artist, callL2, readL2 }: Parties,
  twins: Production,
): Promise<TransactionReceipt> {
  step('Use them on L2: pay the artist')
  const paid = await callL2({
    address: twins.token,
    abi: productionTokenAbi,
    functionName: 'transfer',
    args: [artist.address, parseEther('250')],
  })
  const { l1Fee } = paid as unknown as { l1Fee: bigint }
  note(
    `fee on L2 ${formatEther(paid.gasUsed * paid.effectiveGasPrice)} ETH, for L1 data ${formatEther(l1Fee)} ETH`,
  )
  hold(
    (await readL2(balanceOf(twins.token, artist.address))) === parseEther('250'),
    `${formatUnits(parseEther('250'), 18)} AOZORA arrived`,
  )
  return paid
}

async function watchBatch({ l2 }: Parties, paid: TransactionReceipt): Promise<void> {
  step('Watch a batch land on L1')
  const safe = await until('a batch that holds the payment', async () => {
    const block = await l2.getBlock({ blockTag: 'safe' })
    return block.number >= paid.blockNumber && block
  })
  hold(safe.number >= paid.blockNumber, `block ${paid.blockNumber} is safe: its bytes are on L1`)
}

async function rebuild({ stage, l2 }: Parties): Promise<void> {
  step('Rebuild the chain from L1 alone, with a fresh verifier on an empty folder')
  const folder = mkdtempSync(join(tmpdir(), 'animechain-verifier-'))
  try {
    const target = await l2.getBlock({ blockTag: 'safe' })
    const flags = [
      ['--l1-rpc-url', stage.l1Url],
      ['--deployment', stage.chainFile],
      ['--data-dir', folder],
      ['--rpc-port', '0'],
      ['--metrics-port', '0'],
      ['--exit-at-block', String(target.number)],
      ['--log-level', 'silent'],
    ]
    const run = await program(cliPath('@animechain/verifier'), flags.flat())
    note(run.output.trim())
    hold(
      run.code === 0 && run.output.includes(`derived block ${target.number} ${target.hash}`),
      'the same block hash as the sequencer',
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bringBack(all: Parties, home: Production, twins: Production): Promise<void> {
  const { studio, artist, callL2, readL1 } = all
  step('Bring the tokens back: the bridge proves and finalises by itself')
  const back20 = await callL2({
    address: predeploys.l2StandardBridge,
    abi: l2StandardBridgeAbi,
    functionName: 'bridgeERC20To',
    args: [twins.token, home.token, studio.address, parseEther('100'), 300_000, '0x'],
  })
  const back721 = await callL2(
    {
      address: predeploys.l2Erc721Bridge,
      abi: l2Erc721BridgeAbi,
      functionName: 'bridgeERC721To',
      args: [twins.works, home.works, artist.address, 1n, 400_000, '0x'],
    },
    artist,
  )
  await followWithdrawal(all, 'ERC-20', back20)
  await followWithdrawal(all, 'ERC-721', back721)
  hold(
    (await readL1(balanceOf(home.token, studio.address))) === parseEther('500'),
    '100 AOZORA are back on L1',
  )
  hold((await readL1(ownerOfFirst(home.works))) === artist.address, 'work 1 belongs to the artist on L1')
}

async function followWithdrawal(
  { l1, l1Chain, l2Chain }: Parties,
  name: string,
  receipt: TransactionReceipt,
): Promise<void> {
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

async function withdrawByCommand({ stage, l1 }: Parties): Promise<void> {
  step('Withdraw ETH with the command line: initiate, prove, finalise')
  const purse = `0x${Date.now().toString(16).padStart(40, 'e')}` as Address
  const flags = [
    ['--l1-rpc-url', stage.l1Url],
    ['--l2-rpc-url', stage.l2Url],
    ['--deployment', stage.chainFile],
    ['--amount', '0.5'],
    ['--to', purse],
  ]
  await command([...flags.flat(), 'withdraw'])
  hold((await l1.getBalance({ address: purse })) === parseEther('0.5'), '0.5 ETH on L1')
}

async function exitByForce({ stage, addresses, studio, verifier, callL1 }: Parties): Promise<void> {
  step('Exit by force: the sequencer is stopped')
  await stage.pauseSequencer()
  const data = encodeFunctionData({
    abi: parseAbi(['function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable']),
    args: [studio.address, 100_000n, '0x'],
  })
  const forced = await callL1({
    address: addresses.optimismPortal,
    abi: optimismPortalAbi,
    functionName: 'depositTransaction',
    args: [predeploys.l2ToL1MessagePasser, parseEther('1'), 500_000n, false, data],
  })
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

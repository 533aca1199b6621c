import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { l1CrossDomainMessengerAbi } from '@animechain/contracts/L1CrossDomainMessenger'
import { l1StandardBridgeAbi } from '@animechain/contracts/L1StandardBridge'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import { productionTokenAbi } from '@animechain/contracts/ProductionToken'
import {
  keccak256Hex,
  outputHistory,
  predeploys,
  type Address,
  type Assertion,
  type Hash,
  type Hex,
} from '@animechain/core'
import type { CertificateBody, Vote } from '@animechain/network-protocol'
import { testAccount, withdrawalOutput, type TestOutput } from '@animechain/testing'
import { concatHex, encodeFunctionData, hexToBytes, parseEther, zeroAddress, type Account } from 'viem'
import { stakeCalls, type CertificateSigner, type NetworkCall } from '../src/index.js'
import { gameOf } from '../src/service/chain.js'
import { rootOf, writerOf, type L1World, type Person } from './l1World.js'

/** The token's twin on L2. */
export const remoteToken: Address = `0x${'7e'.repeat(20)}`
/** Who is paid by the withdrawals. */
export const receiver: Address = `0x${'b0'.repeat(20)}`
/** What the withdrawals move: wei, and smallest units of the token. */
export const moved = { ether: parseEther('3'), tokens: 4_321n }

async function must(world: L1World, account: Account, to: Address, data: Hex, value = 0n): Promise<void> {
  const call: NetworkCall = { what: 'do what the test needs', to, data, value, maxGas: 5_000_000n }
  const sent = await writerOf(world, account).send(call)
  if (sent.status !== 'ok') throw new Error(`expected it to be done, got ${JSON.stringify(sent)}`)
}

const token = (functionName: 'mint' | 'approve', to: Address, amount: bigint): Hex =>
  encodeFunctionData({ abi: productionTokenAbi, functionName, args: [to, amount] })

/** Gives the portal ether and the bridge tokens, as deposits would. */
export async function fundBridges(world: L1World): Promise<void> {
  const { optimismPortal, l1StandardBridge } = world.deployment.addresses
  const rich = testAccount(0)
  const donate = encodeFunctionData({ abi: optimismPortalAbi, functionName: 'donateETH' })
  await must(world, rich, optimismPortal, donate, parseEther('100'))
  await must(world, rich, world.token, token('mint', rich.address, 100_000n))
  await must(world, rich, world.token, token('approve', l1StandardBridge, 100_000n))
  const args = [world.token, remoteToken, 100_000n] as const
  const tokens = encodeFunctionData({ abi: l1StandardBridgeAbi, functionName: 'donateERC20', args })
  await must(world, rich, l1StandardBridge, tokens)
}

/** Stakes tokens of a member, and lets it pay fees in them. */
export async function coverInTokens(world: L1World, { owner }: Person, amount: bigint): Promise<void> {
  const { contracts } = world
  await must(world, testAccount(0), world.token, token('mint', owner.address, 2n * amount))
  await must(world, owner, world.token, token('approve', contracts.stakeRegistry, amount))
  await must(world, owner, world.token, token('approve', contracts.fastExits, amount))
  const { to, data } = stakeCalls(contracts).stakeToken(world.token, amount)
  await must(world, owner, to, data)
}

/** An output of withdrawals that never were on L2: plain ether, and tokens by the bridge. */
export function lieOfExits({ deployment, token: l1Token }: L1World): TestOutput {
  const { l1CrossDomainMessenger, l1StandardBridge } = deployment.addresses
  const sender = testAccount(9).address
  const message = encodeFunctionData({
    ...{ abi: l1StandardBridgeAbi, functionName: 'finalizeBridgeERC20' },
    args: [l1Token, remoteToken, sender, receiver, moved.tokens, '0x'],
  })
  const relay = encodeFunctionData({
    ...{ abi: l1CrossDomainMessengerAbi, functionName: 'relayMessage' },
    args: [1n << 240n, predeploys.l2StandardBridge, l1StandardBridge, 0n, 200_000n, message],
  })
  return withdrawalOutput(
    [
      { ...{ nonce: 0n, sender, target: receiver, value: moved.ether }, gasLimit: 100_000n, data: '0x' },
      {
        ...{ nonce: 0n, sender: predeploys.l2CrossDomainMessenger, target: l1CrossDomainMessenger },
        ...{ value: 0n, gasLimit: 600_000n, data: relay },
      },
    ],
    1,
  )
}

/** Proves all withdrawals of an output against the assertion that has its root. */
export async function proveAll(
  world: L1World,
  by: Account,
  output: TestOutput,
  { index }: Assertion,
): Promise<void> {
  for (const [i, withdrawal] of output.withdrawals.entries()) {
    const args = [withdrawal, index, output.proof, output.branches[i]!] as const
    const data = encodeFunctionData({
      ...{ abi: optimismPortalAbi, functionName: 'proveWithdrawalTransaction', args },
    })
    await must(world, by, world.deployment.addresses.optimismPortal, data)
  }
}

/** Has a withdrawal paid early: the first with votes, the next ones with the signers of the certificate. */
export async function payEarly(
  world: L1World,
  by: Account,
  { withdrawals }: TestOutput,
  which: number,
  {
    body,
    votes = [],
    signers = [],
  }: { body: CertificateBody; votes?: readonly Vote[]; signers?: readonly CertificateSigner[] },
): Promise<void> {
  const args = [withdrawals[which]!, by.address, body, votes, signers] as const
  const data = encodeFunctionData({ abi: optimismPortalAbi, functionName: 'finalizeFast', args })
  // Fees in a token are not ether.
  const fee = (withdrawals[which]!.value + 999n) / 1_000n
  await must(world, by, world.deployment.addresses.optimismPortal, data, fee)
}

/** What there is for those who withdraw, and what is promised. wei and smallest units */
export async function booksOf({ client, deployment, contracts, token: l1Token }: L1World) {
  const { optimismPortal, l1StandardBridge } = deployment.addresses
  const bridge = { address: l1StandardBridge, abi: l1StandardBridgeAbi } as const
  const exits = { address: contracts.fastExits, abi: fastExitsAbi } as const
  const balance = { address: l1Token, abi: productionTokenAbi, functionName: 'balanceOf' } as const
  const reserved = (asset: Address) =>
    client.readContract({ ...exits, functionName: 'reserved', args: [asset] })
  const [ether, tokens, deposits, reservedEther, reservedTokens, owed] = await Promise.all([
    client.getBalance({ address: optimismPortal }),
    client.readContract({ ...balance, args: [l1StandardBridge] }),
    client.readContract({ ...bridge, functionName: 'deposits', args: [l1Token, remoteToken] }),
    reserved(zeroAddress),
    reserved(l1Token),
    client.readContract({ ...exits, functionName: 'owed' }),
  ])
  return { ether, tokens, deposits, reservedEther, reservedTokens, owed }
}

/** Who sent the transactions by which a certificate's reservations were paid back, in ether and in tokens. */
export async function refillersOf({ client, contracts }: L1World, id: Hash): Promise<Address[]> {
  const of = { address: contracts.fastExits, abi: fastExitsAbi, fromBlock: 0n, args: { id } } as const
  const logs = [
    ...(await client.getContractEvents({ ...of, eventName: 'Refilled' })),
    ...(await client.getContractEvents({ ...of, eventName: 'TokenRefilled' })),
  ]
  const sent = logs.map(({ transactionHash: hash }) => client.getTransaction({ hash }))
  return (await Promise.all(sent)).map(({ from }) => from)
}

/** The one move of a right assertion that its rival does not answer: its two halves. Its time runs from there on; resolves to what tells L1 of it. */
export async function bisect(
  world: L1World,
  by: Account,
  assertion: Assertion,
): Promise<() => Promise<void>> {
  const at = { address: gameOf(assertion), abi: assertionGameAbi } as const
  const [tree, mutual] = await Promise.all([
    world.client.readContract({ ...at, functionName: 'tree' }),
    world.client.readContract({ ...at, functionName: 'tournament' }),
  ])
  const { blockNumber, outputRoot, history: root } = assertion
  const { historyHeight } = await world.settlement.assertionRules()
  const roots = [blockNumber - 2n, blockNumber - 1n, blockNumber].map(rootOf)
  const { proof } = outputHistory(roots, historyHeight)
  // The last leaf is on the right of each of its siblings.
  const left = proof.at(-1)!
  const right = proof
    .slice(0, -1)
    .reduce((node, sibling) => keccak256Hex(hexToBytes(concatHex([sibling, node]))), outputRoot)
  const args = [mutual, left, right] as const
  await must(world, by, tree, encodeFunctionData({ abi: challengeTreeAbi, functionName: 'bisect', args }))
  const edge = { mutual, root, left, right }
  const update = encodeFunctionData({ abi: challengeTreeAbi, functionName: 'update', args: [[edge]] })
  return () => must(world, by, tree, update)
}

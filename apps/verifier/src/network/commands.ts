import { InvalidInputError, type Address, type Hex } from '@animechain/core'
import { stakeRegistryAbi } from '@animechain/contracts/StakeRegistry'
import { keyProofTypedData } from '@animechain/network-protocol'
import {
  diligenceCalls,
  diligenceReads,
  drillCalls,
  drillReads,
  exitCalls,
  stakeCalls,
  type NetworkCall,
} from '@animechain/network-verifier'
import { readDeployment } from '@animechain/stack'
import {
  encodeFunctionData,
  erc20Abi,
  formatEther,
  parseEther,
  recoverTypedDataAddress,
  zeroAddress,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { networkCommands, type NetworkCommand } from '../memberConfig.js'
import type { CommandContext, CommandValues } from './context.js'
import { networkAt } from './l1.js'
import { expectValue, jsonText, sendCalls } from './send.js'
import { status } from './status.js'

const ownerOf = ({ values }: CommandContext) =>
  privateKeyToAccount(
    expectValue(values.ownerKey, 'ownerKey', 'the key of the account that owns the stake, in --owner-key'),
  )

/** ETH in ether, tokens in their smallest unit. */
function amountOf({ amount = '', token }: CommandValues): bigint {
  if (token === undefined ? !/^\d+(\.\d{1,18})?$/.test(amount) : !/^\d+$/.test(amount))
    throw new InvalidInputError(
      'amount',
      token === undefined ? 'ether as a decimal number, e.g. 32.5' : 'a whole number of the smallest unit',
      amount || 'nothing',
    )
  return token === undefined ? parseEther(amount) : BigInt(amount)
}

async function sent(context: CommandContext, done: string, calls: readonly NetworkCall[]): Promise<void> {
  const { transactions, fee } = await sendCalls(context.at, ownerOf(context), calls)
  context.say([`${done} (${transactions.join(', ')})`], { done, transactions, fee })
}

/** The hot key with its proof that it belongs to the owner. */
async function keyFor(
  { values, at }: CommandContext,
  owner: Address,
  present: Address,
): Promise<{ key: Address; proof: Hex }> {
  const typed = keyProofTypedData(at.domain, owner)
  const { attesterKey, keyProof } = values
  if (keyProof !== undefined) {
    const key = await recoverTypedDataAddress({ ...typed, signature: keyProof }).catch(() => undefined)
    return { key: expectValue(key, 'keyProof', 'what prove-key printed'), proof: keyProof }
  }
  if (attesterKey === undefined && present !== zeroAddress) return { key: present, proof: '0x' }
  const account = privateKeyToAccount(
    expectValue(attesterKey, 'attesterKey', 'the hot key in --attester-key, or --key-proof of it'),
  )
  return { key: account.address, proof: await account.signTypedData(typed) }
}

async function join(context: CommandContext): Promise<void> {
  const { values, at } = context
  const { address: owner } = ownerOf(context)
  const [member, role] = await Promise.all([at.reads.member(owner), at.reads.role()])
  const { key, proof } = await keyFor(context, owner, member.key)
  const isNew = member.key === zeroAddress
  const endpoint = expectValue(
    values.endpoint ?? (member.endpoint || undefined),
    'endpoint',
    'where peers reach the node, in --endpoint',
  )
  const value = values.amount === undefined ? (isNew ? role.minStake : 0n) : amountOf(values)
  const done = isNew
    ? `Joined with ${formatEther(value)} ETH; active from the next epoch on, if there is a place.`
    : `Changed; in effect from the next epoch on.`
  await sent(context, done, [stakeCalls(at.contracts).join(key, endpoint, proof, value)])
}

async function stake(context: CommandContext): Promise<void> {
  const { values, at } = context
  const calls = stakeCalls(at.contracts)
  const amount = amountOf(values)
  if (values.token === undefined)
    return sent(context, `Added ${formatEther(amount)} ETH.`, [calls.stake(amount)])
  const approve: NetworkCall = {
    ...{ what: 'approve a token', to: values.token, maxGas: 200_000n },
    data: encodeFunctionData({
      abi: erc20Abi,
      functionName: 'approve',
      args: [at.contracts.stakeRegistry, amount],
    }),
  }
  await sent(context, `Added ${amount} of ${values.token}.`, [
    approve,
    calls.stakeToken(values.token, amount),
  ])
}

async function leave(context: CommandContext): Promise<void> {
  const { unbonding } = await context.at.reads.role()
  const done = `Leaving: paid by withdraw in ${unbonding} s at the earliest. Keep the node running until then: what it attested to can still cost the stake.`
  await sent(context, done, [stakeCalls(context.at.contracts).leave()])
}

async function withdraw(context: CommandContext): Promise<void> {
  const { values, at } = context
  const to = values.to ?? ownerOf(context).address
  const calls = stakeCalls(at.contracts)
  await sent(context, `Paid to ${to}.`, [
    values.token === undefined ? calls.withdraw(to) : calls.withdrawToken(values.token, to),
  ])
}

async function claim(context: CommandContext): Promise<void> {
  const { values, at } = context
  const { address: owner } = ownerOf(context)
  const to = values.to ?? owner
  const tokens = await at.client.readContract({
    ...{ address: at.contracts.stakeRegistry, abi: stakeRegistryAbi },
    functionName: 'tokens',
  })
  const calls: NetworkCall[] = []
  for (const asset of [zeroAddress, ...tokens])
    if ((await at.reads.credit(asset, owner)) > 0n) calls.push(exitCalls(at.contracts).claimCredit(asset, to))
  const { diligence, drills } = at.contracts
  if (diligence && (await diligenceReads(at.client, diligence).credit(owner)) > 0n)
    calls.push(diligenceCalls(diligence).claimCredit(to))
  if (drills && (await drillReads(at.client, drills).credit(owner)) > 0n)
    calls.push(drillCalls(drills).claimCredit(to))
  if (calls.length === 0) return context.say(['Nothing to claim.'], { done: 'nothing', transactions: [] })
  await sent(context, `Paid to ${to}.`, calls)
}

async function proveKey({ values, at, say }: CommandContext): Promise<void> {
  const owner = expectValue(values.stakeOwner, 'stakeOwner', 'the account of the member in --stake-owner')
  const account = privateKeyToAccount(
    expectValue(values.attesterKey, 'attesterKey', 'the hot key in --attester-key'),
  )
  const proof = await account.signTypedData(keyProofTypedData(at.domain, owner))
  say([`key    ${account.address}`, `proof  ${proof}`], { key: account.address, owner, proof })
}

const commands: Record<NetworkCommand, (context: CommandContext) => Promise<void>> = {
  ...{ join, stake, leave, withdraw, claim, status },
  'prove-key': proveKey,
}

const isCommand = (word: string | undefined): word is NetworkCommand =>
  (networkCommands as readonly (string | undefined)[]).includes(word)

/** One command of the command line. Resolves when it is done. @throws {BaseError} what stands in its way */
export async function runNetworkCommand(
  words: readonly string[],
  values: CommandValues,
  print: (line: string) => void,
): Promise<void> {
  const [word] = words
  if (words.length !== 1 || !isCommand(word))
    throw new InvalidInputError(
      'command',
      `one of ${networkCommands.join(', ')}`,
      words.join(' ') || 'nothing',
    )
  await commands[word]({
    values,
    at: networkAt(readDeployment(values.deployment), values),
    say: (lines, json) => (values.json ? [jsonText(json)] : lines).forEach(print),
  })
}

import type { Address } from '@animechain/core'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { diligenceReads, drillReads, type NetworkMember } from '@animechain/network-verifier'
import { formatEther, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { CommandContext } from './context.js'

/** Longest answer of a node that is read, bytes. */
const MAX_ANSWER = 65_536
const NODE_MS = 5_000

/** What the running node says of its duties; undefined where none answers. */
async function nodeDetails(url: string): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(NODE_MS) })
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += part.length
      if (length > MAX_ANSWER) return undefined
      parts.push(part)
    }
    const { ready, details } = JSON.parse(Buffer.concat(parts).toString('utf8')) as {
      ready?: boolean
      details?: { detail?: string; network?: Record<string, unknown> }
    }
    return details?.network && { ready, detail: details.detail, ...details.network }
  } catch {
    return undefined
  }
}

/** The account that is asked about. */
async function ownerAccount({ values, at }: CommandContext): Promise<Address | undefined> {
  const { stakeOwner, ownerKey, attesterKey } = values
  if (stakeOwner) return stakeOwner
  if (ownerKey) return privateKeyToAccount(ownerKey).address
  return attesterKey && at.reads.ownerOfKey(privateKeyToAccount(attesterKey).address)
}

/** What a member is, and what it has. */
async function memberStatus({ at }: CommandContext, owner: Address) {
  const member = await at.reads.member(owner)
  const { epoch } = await at.reads.now()
  const { diligence, drills } = at.contracts
  const [weights, fees, rewards, bounties] = await Promise.all([
    at.reads.weights(epoch, member.key === zeroAddress ? [] : [member.key]),
    at.reads.credit(zeroAddress, owner),
    diligence ? diligenceReads(at.client, diligence).credit(owner) : 0n,
    drills ? drillReads(at.client, drills).credit(owner) : 0n,
  ])
  return {
    ...member,
    state: stateOf(member, epoch),
    weight: weights.of.get(member.key) ?? 0n,
    totalWeight: weights.total,
    ...{ fees, rewards, bounties },
  }
}

function stateOf({ key, leavingAt, isSeated, since }: NetworkMember, epoch: bigint): string {
  if (key === zeroAddress) return 'no member'
  if (leavingAt > 0n) return 'leaving'
  if (!isSeated) return 'without a place'
  return since > epoch ? 'active from the next epoch on' : 'active'
}

/** Cover of all active members together, in ETH. */
async function coverOf({ at }: CommandContext) {
  const owners = (await at.reads.active()).map(({ owner }) => owner)
  const limits = await at.client.readContract({
    ...{ address: at.contracts.fastExits, abi: fastExitsAbi },
    functionName: 'limitsOf',
    args: [owners, zeroAddress],
  })
  return { members: owners.length, ...limits }
}

type Row = [name: string, value: unknown]

const shown = (rows: readonly Row[]): string[] =>
  rows.filter(([, value]) => value !== undefined).map(([name, value]) => `${name.padEnd(22)}${String(value)}`)

const eth = (wei: bigint): string => `${formatEther(wei)} ETH`

const percent = (part: bigint, whole: bigint): string =>
  whole === 0n ? '0%' : `${(Number((part * 10_000n) / whole) / 100).toFixed(2)}%`

type Status = Awaited<ReturnType<typeof memberStatus>>

function memberRows(member: Status | undefined): Row[] {
  if (!member) return []
  const { owner, key, state, stake, weight, totalWeight, fees, rewards, bounties } = member
  const { leavingAt, locks, endpoint } = member
  return [
    ['member', `${owner}: ${state}`],
    ['hot key', key === zeroAddress ? undefined : key],
    ['stake', eth(stake)],
    ['weight', `${eth(weight)}, ${percent(weight, totalWeight)} of all`],
    ['open certificates', locks],
    ['to claim', `${eth(fees)} of fees, ${eth(rewards)} of rewards, ${eth(bounties)} of bounties`],
    ['paid from', leavingAt > 0n ? new Date(Number(leavingAt) * 1_000).toISOString() : undefined],
    ['endpoint', endpoint || undefined],
  ]
}

function nodeRows(node: Record<string, unknown> | undefined): Row[] {
  if (!node) return [['node', 'does not answer, or is no member (--node-url)']]
  const duties = (node.duties ?? {}) as Record<string, unknown>
  return [
    ['node', node.ready === true ? 'well' : String(node.detail ?? 'not ready')],
    [
      'duties done',
      Object.entries(duties)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ') || 'none',
    ],
    ['duties missed', node.missed],
    ['assertions to judge', node.open],
    ['certificates open', node.certificates],
    ['attestations known', node.ballots],
    ['peers', node.peers],
    [
      'signatures',
      node.signed === undefined ? undefined : `${node.signed} records, from batch ${node.floor} on`,
    ],
    ['mark of the log', node.mark],
    ['signing stopped', node.stopped],
  ]
}

/** `animechain-verifier status`. */
export async function status(context: CommandContext): Promise<void> {
  const { values, at, say } = context
  const [rules, now, owner] = await Promise.all([at.reads.rules(), at.reads.now(), ownerAccount(context)])
  const member = owner && (await memberStatus(context, owner))
  const [cover, node] = await Promise.all([coverOf(context), nodeDetails(values.nodeUrl)])
  const left = rules.epochStart + now.epoch * rules.epochLength - now.timestamp
  say(
    shown([
      ['epoch', `${now.epoch}, ${left} s left`],
      ['active members', cover.members],
      ['cover', `${eth(cover.cover)}, of it reserved ${eth(cover.open)}`],
      ...memberRows(member),
      ...nodeRows(node),
    ]),
    { epoch: now.epoch, secondsLeft: left, cover, member, node },
  )
}

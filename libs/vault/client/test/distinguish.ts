import { blindGrantsAbi, blindGrantsBytecode } from '@animechain/contracts/BlindGrants'
import { accessRegistryAbi, accessRegistryBytecode } from '@animechain/contracts/AccessRegistry'
import type { Address, Hash, Hex } from '@animechain/core'
import { anvil, patient, testAccount } from '@animechain/testing'
import {
  accountSubject,
  blindLeaf,
  messageHash,
  projectId,
  signMessage,
  subjectKinds,
  type Grant,
  type MessageSigner,
  type VaultDomain,
} from '@animechain/vault-protocol'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  encodeDeployData,
  encodeAbiParameters,
  http,
  keccak256,
  numberToHex,
  type PublicClient,
} from 'viem'
import { foundry } from 'viem/chains'
import { numbers } from './auditWorld.js'

/** What the chain shows of one grant: the calls that its owner or a relayer makes, what they cost, and what they log. */
export interface Seen {
  calldata: readonly Hex[]
  gas: readonly number[]
  logs: readonly (readonly Hex[])[]
}

/** Two grants, one of which the chain got; `first` says which. */
export interface Trial {
  grants: readonly [Grant, Grant]
  first: boolean
  seen: Seen
}

const none: Hash = `0x${'0'.repeat(64)}`
/** Trials that go through one request to the chain. */
const BATCH = 25

const random32 = (pick: (below: number) => number): Hash =>
  keccak256(concatHex([numberToHex(pick(2 ** 31), { size: 4 }), numberToHex(pick(2 ** 31), { size: 4 })]))

/** Two grants as different as grants can be: kinds and lengths of subjects, scopes, renditions, purposes, times, delegation. */
function pairOf(
  domain: VaultDomain,
  project: Hash,
  pick: (below: number) => number,
  nonce: () => Hash,
): [Grant, Grant] {
  const address = (): Address => `0x${random32(pick).slice(26)}`
  const base = { project, parent: none, notBefore: BigInt(1_800_000_000 - pick(1_000_000)) }
  const one: Grant = {
    ...base,
    ...{ scope: project, subjectKind: subjectKinds.account, renditions: 1n, purposes: 1, delegation: 0 },
    subject: accountSubject({ chainId: domain.chainId, address: address() }),
    ...{ expiry: base.notBefore + 60n, nonce: nonce() },
  }
  const other: Grant = {
    ...base,
    ...{
      scope: random32(pick),
      subjectKind: subjectKinds.tokenHolder,
      renditions: 2n ** 256n - 1n,
      purposes: 63,
    },
    subject: encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint256' }],
      [address(), BigInt(pick(1_000))],
    ),
    ...{ delegation: 2, expiry: 2n ** 63n, nonce: nonce() },
  }
  return [one, other]
}

interface Stage {
  client: PublicClient
  domain: VaultDomain
  blind: Address
  project: Hash
  stop(): Promise<void>
}

async function stage(): Promise<Stage> {
  const chain = await anvil()
  const owner = testAccount(0)
  const transport = http(chain.url, { ...patient, timeout: 120_000 })
  const client = createPublicClient({ chain: foundry, transport, pollingInterval: 50 }) as PublicClient
  const wallet = createWalletClient({ chain: foundry, transport, account: owner })
  const deploy = async (abi: unknown, bytecode: Hex, args: readonly unknown[]) => {
    const data = encodeDeployData({ abi, bytecode, args } as never)
    const hash = await wallet.sendTransaction({ data } as never)
    return (await client.waitForTransactionReceipt({ hash })).contractAddress!
  }
  const registry = await deploy(accessRegistryAbi, accessRegistryBytecode, [])
  const blind = await deploy(blindGrantsAbi, blindGrantsBytecode, [registry])
  const salt = keccak256('0x05')
  const create = { address: registry, abi: accessRegistryAbi, functionName: 'createProject' } as const
  const hash = await wallet.writeContract({ ...create, args: [salt, blind] })
  await client.waitForTransactionReceipt({ hash })
  const domain = { chainId: foundry.id, registry }
  const project = projectId({ ...domain, owner: owner.address, salt })
  return { client, domain, blind, project, stop: () => chain.stop() }
}

/** The calls that put a grant on chain and take it back: by the owner, or signed for a relayer. */
async function callsOf(
  { domain, project }: Stage,
  grant: Grant,
  { relayed, version }: { relayed: boolean; version: bigint },
): Promise<Hex[]> {
  const abi = blindGrantsAbi
  const id = messageHash(domain, 'Grant', grant)
  const root = blindLeaf(id)
  if (!relayed)
    return [
      encodeFunctionData({ abi, functionName: 'setRoot', args: [project, root] }),
      encodeFunctionData({ abi, functionName: 'revoke', args: [project, id] }),
    ]
  const owner = testAccount(0) as unknown as MessageSigner
  const set = await signMessage(owner, domain, 'GrantsRoot', { project, root, version })
  const order = await signMessage(owner, domain, 'RevokeNow', {
    project,
    grant: id,
    issuedAt: 1_800_000_000n,
  })
  return [
    encodeFunctionData({ abi, functionName: 'setRootBySignature', args: [set.message, set.signature] }),
    encodeFunctionData({ abi, functionName: 'revokeBySignature', args: [order.message, order.signature] }),
  ]
}

interface Simulated {
  calls: readonly {
    status: Hex
    gasUsed: Hex
    logs?: readonly { topics: readonly Hex[]; data: Hex }[]
    error?: { message: string }
  }[]
}

/** What calls of an account cost and log, one after the other, on the state of the newest block. */
async function simulate(
  { client, blind }: Stage,
  from: Address,
  data: readonly Hex[],
): Promise<Simulated['calls']> {
  const calls = data.map((input) => ({ from, to: blind, input }))
  const request = client.request as (call: { method: string; params: unknown[] }) => Promise<Simulated[]>
  const blockOverrides = { gasLimit: numberToHex(2n ** 40n) }
  const params = [{ blockStateCalls: [{ calls, blockOverrides }] }, 'latest']
  const [block] = await request({ method: 'eth_simulateV1', params })
  for (const { status, error } of block!.calls)
    if (BigInt(status) !== 1n) throw new Error(error?.message ?? 'a call failed')
  return block!.calls
}

/**
 * Trials on a real EVM: what each call costs and logs is what anvil says of it.
 * @param options.nonces how grants are blinded; default at random. Anything else is a mistake that distinguishers should find
 */
export async function trials(options: {
  count: number
  seed: number
  relayed?: boolean
  nonces?: () => Hash
}): Promise<{ all: Trial[]; domain: VaultDomain }> {
  const { count, seed, relayed = false } = options
  const pick = numbers(seed)
  const nonce = options.nonces ?? (() => random32(pick))
  const net = await stage()
  const from = testAccount(relayed ? 9 : 0).address
  const made: Trial[] = []
  try {
    while (made.length < count) {
      const batch = Array.from({ length: Math.min(BATCH, count - made.length) }, () => ({
        grants: pairOf(net.domain, net.project, pick, nonce),
        first: pick(2) === 0,
      }))
      const data = await Promise.all(
        // Relayed roots count: those of a batch are one after the other.
        batch.map(({ grants, first }, i) =>
          callsOf(net, first ? grants[0] : grants[1], { relayed, version: BigInt(i + 1) }),
        ),
      )
      const results = await simulate(net, from, data.flat())
      for (const [i, trial] of batch.entries()) {
        const own = results.slice(2 * i, 2 * i + 2)
        const logs = own.map((result) => (result.logs ?? []).flatMap((log) => [...log.topics, log.data]))
        made.push({
          ...trial,
          seen: { calldata: data[i]!, gas: own.map(({ gasUsed }) => Number(gasUsed)), logs },
        })
      }
    }
  } finally {
    await net.stop()
  }
  return { all: made, domain: net.domain }
}

const bytesOf = (hex: Hex): number[] => (hex.slice(2).match(/../g) ?? []).map((pair) => parseInt(pair, 16))
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** What an observer can measure. */
const measures: Record<string, (seen: Seen) => number> = {
  'bytes of calldata': ({ calldata }) => sum(calldata.map((data) => data.length)),
  'zero bytes of calldata': ({ calldata }) =>
    sum(calldata.map((data) => bytesOf(data).filter((b) => b === 0).length)),
  gas: ({ gas }) => sum(gas),
  'gas of the root': ({ gas }) => gas[0]!,
  'gas of the revocation': ({ gas }) => gas[1]!,
  'bytes of logs': ({ logs }) => sum(logs.flat().map((word) => word.length)),
  'number of logs': ({ logs }) => logs.flat().length,
  'first byte of the root': ({ calldata }) => bytesOf(calldata[0]!)[36]!,
  'last byte of the root': ({ calldata }) => bytesOf(calldata[0]!)[67]!,
  'bits of the root': ({ calldata }) =>
    sum(
      bytesOf(calldata[0]!)
        .slice(36)
        .map((byte) => byte.toString(2).replaceAll('0', '').length),
    ),
  'sum of the bytes of the revocation': ({ calldata }) => sum(bytesOf(calldata[1]!)),
  'order of root and revoked grant': ({ calldata }) =>
    Number(BigInt(`0x${calldata[0]!.slice(74, 138)}`) > BigInt(`0x${calldata[1]!.slice(74, 138)}`)),
}

/** Hashes that an observer can try without the nonce: grants that were blinded with what can be guessed. */
const guesses: readonly Hash[] = [
  none,
  ...Array.from({ length: 4 }, (_, i) => numberToHex(i + 1, { size: 32 })),
  keccak256('0x'),
]

function guessed(domain: VaultDomain, { grants, seen }: Trial): boolean | undefined {
  const root = `0x${seen.calldata[0]!.slice(74, 138)}`
  for (const nonce of guesses)
    for (const [i, grant] of grants.entries())
      if (blindLeaf(messageHash(domain, 'Grant', { ...grant, nonce })) === root) return i === 0
  return undefined
}

/** A way to tell which of two grants the chain has: `guess` says whether it is the first. */
export interface Distinguisher {
  name: string
  guess(trial: Trial): boolean
}

/**
 * Distinguishers, each trained on trials: for every measure the threshold at which it is right most often, either way; and one that tries nonces.
 * @param domain where the hashes of grants are made
 */
export function distinguishers(training: readonly Trial[], domain: VaultDomain): Distinguisher[] {
  const byMeasure = Object.entries(measures).map(([name, measure]): Distinguisher => {
    const points = training
      .map(({ seen, first }) => ({ at: measure(seen), first }))
      .sort((a, b) => a.at - b.at)
    let [best, at, below] = [-1, 0, true]
    let firsts = 0
    const all = points.filter(({ first }) => first).length
    for (const [i, point] of points.entries()) {
      if (point.first) firsts++
      if (points[i + 1]?.at === point.at) continue
      // Right where firsts are at or below the threshold and the others above; or the other way round.
      const right = firsts + (points.length - i - 1 - (all - firsts))
      for (const [score, way] of [
        [right, true],
        [points.length - right, false],
      ] as const)
        if (score > best) [best, at, below] = [score, point.at, way]
    }
    return { name, guess: ({ seen }) => measure(seen) <= at === below }
  })
  const votes: Distinguisher = {
    name: 'majority of all measures',
    guess: (trial) => byMeasure.filter(({ guess }) => guess(trial)).length * 2 > byMeasure.length,
  }
  const nonces: Distinguisher = {
    name: 'nonces that can be guessed',
    guess: (trial) => guessed(domain, trial) ?? byMeasure[0]!.guess(trial),
  }
  return [...byMeasure, votes, nonces]
}

/** Share of trials in which a distinguisher is right. */
export const accuracy = ({ guess }: Distinguisher, tested: readonly Trial[]): number =>
  tested.filter((trial) => guess(trial) === trial.first).length / tested.length

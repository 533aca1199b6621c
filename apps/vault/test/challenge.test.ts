import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  availabilityChallengeAbi,
  committeeRegistryAbi,
  committeeRoles,
  deployL1,
  devnetDefaults,
  devnetVault,
  inboxAbi,
  type L1Addresses,
} from '@animechain/contracts'
import { bytesToHex, predeploys, silentLogger, type Address, type Hash } from '@animechain/core'
import { config, start } from '@animechain/da-node'
import { batchKeys, privateDa } from '@animechain/da-private'
import { prometheusMetrics, type PrometheusMetrics } from '@animechain/observability'
import {
  anvil,
  eventually,
  freePort,
  patient,
  testAccount,
  testPrivateKey,
  type Anvil,
} from '@animechain/testing'
import {
  formatCommittee,
  parseCommittee,
  type MessageSigner,
  type NodeInfo,
} from '@animechain/vault-protocol'
import { createWalletClient, http, parseEther, publicActions } from 'viem'
import { foundry } from 'viem/chains'
import { chainWithContracts } from '../../../libs/vault/client/test/committee.js'
import { runCommand, vaultConfig } from '../src/index.js'

/** Seconds that a node has to answer: no test waits for them, L1's clock is put forward. */
const RESPONSE = 6_000
const COUNT = 5
/** Accounts of anvil: 0 deploys and owns the project, 1 has every other role, 2 to 6 are the nodes, 7 to 11 pay for their answers. */
const nodeAccounts = Array.from({ length: COUNT }, (_, i) => i + 2)
const l1Chain = { ...foundry, id: 900 }
const viewKey = new Uint8Array(32).fill(5)
const codeRoot: Hash = `0x${'11'.repeat(32)}`

let folder: string
let l1: Anvil
let l2: Awaited<ReturnType<typeof chainWithContracts>>
let at: L1Addresses
const nodes: ({ stop(): Promise<void>; metrics: PrometheusMetrics } | undefined)[] = []
const ports: number[] = []
const home = (name: string) => join(folder, name)

const client = (account = 1) =>
  createWalletClient({
    account: testAccount(account),
    chain: l1Chain,
    transport: http(l1.url, patient),
    pollingInterval: 50,
  }).extend(publicActions)
const mined = async (hash: Hash) => {
  const { status } = await client().waitForTransactionReceipt({ hash, timeout: 60_000 })
  expect(status).toBe('success')
}
const registry = () => ({ address: at.committeeRegistry!, abi: committeeRegistryAbi }) as const
const contract = () => ({ address: at.availabilityChallenge!, abi: availabilityChallengeAbi }) as const

async function startNode(i: number): Promise<void> {
  const argv = [
    ...['--data-dir', home(`node-${i}`), '--deployment', home('chain.json'), '--http-port', `${ports[i]}`],
    ...['--l2-rpc-url', l2.chain.url, '--l1-rpc-url', l1.url, '--challenge-interval', '300'],
    // What the node signs with is another account than the one that pays.
    ...[
      '--node-key',
      testPrivateKey(nodeAccounts[i]!),
      '--challenge-key',
      testPrivateKey(nodeAccounts[i]! + COUNT),
    ],
  ]
  const loaded = config.load({ argv, env: {} })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  const metrics = prometheusMetrics({ process: false })
  const app = await start({ values: loaded.values, logger: silentLogger, metrics, fail() {} })
  nodes[i] = { stop: () => app.stop(), metrics }
}
async function stopNode(i: number): Promise<void> {
  await nodes[i]?.stop()
  nodes[i] = undefined
}
const stakeOf = async (i: number): Promise<bigint> =>
  (
    await client().readContract({
      ...registry(),
      functionName: 'memberOf',
      args: [committeeRoles.storage, testAccount(nodeAccounts[i]!).address],
    })
  ).stake
const challengeOf = (id: bigint) =>
  client().readContract({ ...contract(), functionName: 'challengeOf', args: [id] })
const count = () => client().readContract({ ...contract(), functionName: 'count' })
const isClosed = async (id: bigint) => (await challengeOf(id)).status === 3

/** Runs a command line as the program does. */
async function run(...argv: string[]) {
  const warned: string[] = []
  let json: unknown
  const files = ['--home', home('owner'), '--committee', home('committee.json')]
  const urls = ['--l2-rpc-url', l2.chain.url, '--l1-rpc-url', l1.url]
  const loaded = vaultConfig.load({ argv: [...argv, ...files, ...urls], env: {} })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  const output = {
    say: () => undefined,
    result: (value: unknown) => void (json = value),
    warn: (line: string) => void warned.push(line),
    bytes: async () => undefined,
    progress: { show: () => undefined, end: () => undefined },
  }
  const code = await runCommand(loaded.positionals, loaded.values, output, new AbortController().signal)
  const { challenges = [] } = json as { challenges?: { outcome: string; member: Address; id: bigint }[] }
  return { code, warned, challenges, outcomes: challenges.map(({ outcome }) => outcome) }
}
const challenge = (samples: number, ...more: string[]) =>
  run('committee', 'challenge', '--samples', `${samples}`, '--spend-per-day', `${parseEther('10')}`, ...more)

async function deploy(): Promise<void> {
  const role = testAccount(1).address
  const { addresses } = await deployL1({
    publicClient: client() as never,
    walletClient: client(0) as never,
    config: {
      ...devnetDefaults,
      l2ChainId: BigInt(foundry.id),
      roles: {
        ...{ timelockProposer: role, operator: role, guardian: role, sequencer: role },
        ...{ batcher: role, proposer: role, challenger: role },
      },
      proving: { program: { codeRoot, ramRoot: codeRoot, pages: 1 }, rulesHash: codeRoot },
      vault: {
        ...devnetVault,
        keyRoot: (await batchKeys(viewKey)).root,
        challenge: { ...devnetVault.challenge, responseTime: RESPONSE },
      },
    },
    genesisOutputRoot: () => codeRoot,
  })
  at = addresses
}

/** What a node reads of a deployment. */
function writeDeployment(): void {
  const rollup = {
    chainId: foundry.id,
    l1StartBlock: 0,
    genesisHash: `0x${'00'.repeat(32)}`,
    genesis: { timestamp: '0x0', gasLimit: '0x1', baseFeePerGas: '0x1', alloc: {} },
  }
  const { name, nativeCurrency } = foundry
  const chain = (id: number, url: string) => ({
    id,
    name,
    nativeCurrency,
    rpcUrls: { default: { http: [url] } },
  })
  const deployment = {
    l1: chain(l1Chain.id, l1.url),
    l2: chain(foundry.id, l2.chain.url),
    addresses: at,
    rollup,
  }
  writeFileSync(home('chain.json'), JSON.stringify(deployment))
}

async function formCommittee(): Promise<void> {
  const infos = await Promise.all(
    ports.map(async (port) => (await (await fetch(`http://127.0.0.1:${port}/v1/info`)).json()) as NodeInfo),
  )
  for (const role of [committeeRoles.storage, committeeRoles.keys])
    await Promise.all(
      nodeAccounts.map(async (account, i) => {
        const args = [
          role,
          testAccount(account).address,
          infos[i]!.shareKey!,
          `http://127.0.0.1:${ports[i]}`,
          '0x',
        ] as const
        const value = parseEther('0.2')
        await mined(await client(account).writeContract({ ...registry(), functionName: 'join', args, value }))
      }),
    )
  const members = nodeAccounts.map((account) => testAccount(account).address)
  const { timestamp } = await client().getBlock()
  const committees = [
    { role: committeeRoles.storage, threshold: 4, members },
    { role: committeeRoles.keys, threshold: 3, members },
  ]
  await mined(
    await client().writeContract({
      ...registry(),
      functionName: 'formEpoch',
      args: [timestamp + 2n, committees],
    }),
  )
  const seats = infos.map(({ address, shareKey }, i) => ({
    ...{ address, url: `http://127.0.0.1:${ports[i]}` },
    ...(shareKey ? { shareKey } : {}),
  }))
  writeFileSync(
    home('committee.json'),
    formatCommittee({
      ...{ version: 1, epoch: 1n, chainId: foundry.id, registry: predeploys.accessRegistry },
      ...{ l1ChainId: l1Chain.id, availabilityChallenge: at.availabilityChallenge! },
      ...{ adapter: at.privateDa!, inbox: at.inbox, committeeRegistry: at.committeeRegistry! },
      storage: { threshold: 4, members: seats },
      keys: { threshold: 3, members: seats },
    }),
  )
  await eventually(
    'the epoch to begin',
    async () => (await client().readContract({ ...registry(), functionName: 'currentEpoch' })) === 1n,
  )
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vault-challenge-'))
  ;[l1, l2] = await Promise.all([
    anvil({ chainId: l1Chain.id, accounts: 12, mineAtOnce: true }),
    chainWithContracts(),
  ])
  await deploy()
  writeDeployment()
  for (let i = 0; i < COUNT; i++) {
    ports.push(await freePort())
    await startNode(i)
  }
  await formCommittee()
  // Nodes remember for some seconds that there was no epoch, and would acknowledge for none.
  for (let i = 0; i < COUNT; i++) {
    await stopNode(i)
    await startNode(i)
  }
  await run('init', '--account', testPrivateKey(0))
  await eventually('the project to be safe', async () => {
    const { number } = await l2.client.getBlock({ blockTag: 'safe' })
    return number >= (await l2.client.getBlock()).number - 2n
  })
  writeFileSync(home('film'), Buffer.alloc(900_000, 'frame by frame '))
  await eventually('the film to be put', () =>
    run('put', home('film'), 'shots/film').then(
      () => true,
      () => false,
    ),
  )
}, 240_000)
afterAll(async () => {
  for (let i = 0; i < COUNT; i++) await stopNode(i)
  await l1?.stop()
  await l2?.chain.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Waits until all of these challenges are over on L1. */
const allClosed = (challenges: readonly { id: bigint }[]) =>
  eventually('all to be answered', async () =>
    (await Promise.all(challenges.map(({ id }) => isClosed(id)))).every(Boolean),
  )
const memberOf = (i: number) => testAccount(nodeAccounts[i]!).address
const isOf = (i: number, { member }: { member: Address }) =>
  member.toLowerCase() === memberOf(i).toLowerCase()
function loseShards(i: number): void {
  const shards = home(`node-${i}/objects/shards=`)
  const files = readdirSync(shards, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  expect(files.length).toBeGreaterThan(0)
  for (const { parentPath, name } of files) rmSync(join(parentPath, name))
}
const stakes = () => Promise.all(nodeAccounts.map((_, i) => stakeOf(i)))
const full = parseEther('0.2')
const metric = async (i: number, name: string): Promise<number> => {
  const line = (await nodes[i]!.metrics.render())
    .split('\n')
    .find((each) => each.startsWith(`animechain_${name} `))
  return Number(line?.split(' ')[1])
}

/** Has the committee certify a batch, and appends it to the inbox, as the batcher does. */
async function appendPrivateBatch(): Promise<void> {
  const da = privateDa({
    committees: [parseCommittee(readFileSync(home('committee.json'), 'utf8'))],
    ...{ viewKey, uploader: testAccount(1) as unknown as MessageSigner },
  })
  const put = await da.put(new Uint8Array(600_000).fill(7))
  if (put.status !== 'ok' || put.attachment?.type !== 'evidence') throw new Error(JSON.stringify(put))
  const inbox = { address: at.inbox, abi: inboxAbi } as const
  const [parentAcc, lastBlock, lastTimestamp] = await client().readContract({
    ...inbox,
    functionName: 'batchAt',
    args: [0n],
  })
  const depositAcc = await client().readContract({ ...inbox, functionName: 'depositAcc', args: [0n] })
  const header = {
    ...{ firstBlock: lastBlock + 1n, blockCount: 1, depositsReadAfter: 0n },
    lastTimestamp: lastTimestamp + 1n,
  }
  const args = [header, parentAcc, depositAcc, 4, bytesToHex(put.attachment.evidence)] as const
  await mined(await client().writeContract({ ...inbox, functionName: 'appendBatch', args, gas: 2_000_000n }))
}

describe('challenges of availability', () => {
  it('are answered by nodes by themselves, also by those that were started after the leaf was drawn', async () => {
    await stopNode(0)
    await stopNode(1)
    // All shards with bytes: five of the film, three of the index.
    const { challenges, warned, outcomes } = await challenge(64)
    expect(warned).toEqual([])
    expect(outcomes).toHaveLength(8)
    await allClosed(challenges.filter((each) => !isOf(0, each) && !isOf(1, each)))
    const late = challenges.filter((each) => isOf(0, each) || isOf(1, each))
    expect(late).toHaveLength(3)
    for (const { id } of late) expect((await challengeOf(id)).status).toBe(2)
    await startNode(0)
    await startNode(1)
    await allClosed(late)
    expect(await metric(0, 'vault_challenges_seen_total')).toBe(2)
    await eventually(
      'the node to know that it answered',
      async () => (await metric(0, 'vault_challenges_answered_total')) === 2,
    )
    expect(await metric(0, 'vault_challenge_failures_total')).toBe(0)
    const after = await challenge(0)
    expect(after.code).toBe(0)
    expect(after.outcomes.every((outcome) => outcome === 'answered')).toBe(true)
    expect(await stakes()).toEqual(Array(COUNT).fill(full))
  }, 120_000)

  it('cost at most what a day allows', async () => {
    const before = await count()
    const { warned } = await run('committee', 'challenge', '--spend-per-day', `${parseEther('0.05')}`)
    expect(warned).toEqual([expect.stringContaining("A day's spending is used up")])
    expect(await count()).toBe(before)
  }, 60_000)

  it('are for anybody to open about batches that nodes certified to the inbox', async () => {
    await appendPrivateBatch()
    // Bonds rest with the contract until they are claimed: this account has no other challenge.
    const opened = await run(
      ...['committee', 'challenge', '--of', 'certified', '--samples', '1', '--spend-per-day'],
      `${parseEther('10')}`,
    )
    expect(opened.warned).toEqual([])
    expect(opened.challenges).toHaveLength(1)
    await allClosed(opened.challenges)
    expect((await challenge(0)).outcomes).toEqual(['answered'])
    expect(await stakes()).toEqual(Array(COUNT).fill(full))
  }, 120_000)

  it('take the stake of a node that lost its shard, and that cannot have it back', async () => {
    for (const i of [1, 2, 3]) loseShards(i)
    const { challenges } = await challenge(64)
    const lost = (
      await Promise.all(challenges.map(async (each) => ({ ...each, ...(await challengeOf(each.id)) })))
    ).filter((each) => [1, 2, 3].some((i) => isOf(i, each)) && each.length > 300_000n)
    expect(lost).toHaveLength(3)
    // The index is one chunk: each of its shards can be computed from another.
    await allClosed(challenges.filter(({ id }) => !lost.some((each) => each.id === id)))
    expect(await metric(1, 'vault_challenge_failures_total')).toBeGreaterThan(0)
    await l1.request('evm_increaseTime', [RESPONSE + 10])
    await l1.request('evm_mine')
    const after = await challenge(0)
    expect(after.code).toBe(3)
    expect(after.outcomes.filter((outcome) => outcome === 'slashed')).toHaveLength(3)
    const cut = full - devnetVault.challenge.penalty
    expect(await stakes()).toEqual([full, cut, cut, cut, full])
  }, 120_000)

  it('are answered with the order to erase, where the owner had the blob erased', async () => {
    const before = await stakes()
    // Who erases forgets what nodes owed: an owner who means harm would not.
    cpSync(home('owner/acknowledged'), home('kept'), { recursive: true })
    await run('erase', 'shots', '--yes')
    cpSync(home('kept'), home('owner/acknowledged'), { recursive: true })
    const { challenges } = await challenge(64)
    expect(challenges.length).toBeGreaterThanOrEqual(5)
    await allClosed(challenges)
    await l1.request('evm_increaseTime', [RESPONSE + 10])
    await l1.request('evm_mine')
    expect((await challenge(0)).code).toBe(0)
    expect(await stakes()).toEqual(before)
  }, 120_000)
})

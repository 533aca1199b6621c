import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  committeeRegistryAbi,
  committeeRoles,
  deployL1,
  devnetDefaults,
  devnetVault,
} from '@animechain/contracts'
import { bytesToHex, type Address, type Hash } from '@animechain/core'
import { anvil, eventually, freePort, patient, testAccount, type Anvil } from '@animechain/testing'
import { combineShares, shareOfOpening } from '@animechain/vault-format'
import { createWalletClient, http, keccak256, numberToHex, parseEther, publicActions } from 'viem'
import { foundry } from 'viem/chains'
import { registeredCommittees, type VaultNode } from '../src/index.ts'
import { retryAfter, turnOf } from '../src/keys/mover.ts'
import {
  announce,
  evidenceOf,
  grantTo,
  keyFrom,
  members,
  putManifest,
  random,
  rpcOf,
  sessionOf,
  store,
  type Members,
  type Store,
} from './kit.ts'

let l1: Anvil
let l2: Store
/** Seven key nodes, all registered; committees are chosen from them. */
let all: Members
let registry: Address
const operator = testAccount(1)
/** Long enough for a machine that is busy. */
const patience = { timeoutMs: 120_000 }

const client = (account: unknown = operator) =>
  createWalletClient({
    account: account as ReturnType<typeof testAccount>,
    chain: foundry,
    transport: http(l1.url, patient),
    pollingInterval: 100,
  }).extend(publicActions)
async function mined(hash: Hash): Promise<void> {
  const { status } = await client().waitForTransactionReceipt({ hash, timeout: 60_000 })
  expect(status).toBe('success')
}

/** The contracts of L1, of which the registry of committees counts here. */
async function deploy(): Promise<Address> {
  const role = operator.address
  const any = keccak256('0x01')
  const { addresses } = await deployL1({
    publicClient: client() as never,
    walletClient: client(testAccount(0)) as never,
    config: {
      ...devnetDefaults,
      // The registry has it for receipts that are shown to it: none are here, and both chains are anvil's.
      l2ChainId: 4242n,
      roles: {
        ...{ timelockProposer: role, operator: role, guardian: role, sequencer: role },
        ...{ batcher: role, proposer: role, challenger: role },
      },
      proving: { program: { codeRoot: any, ramRoot: any, pages: 1 }, rulesHash: any },
      vault: { ...devnetVault, keyRoot: any },
    },
    genesisOutputRoot: () => any,
  })
  return addresses.committeeRegistry!
}

/** Each node's account joins with the node's own key. */
async function joinAll(): Promise<void> {
  await Promise.all(
    all.nodes.map(async ({ address, url }, i) => {
      await l1.request('anvil_setBalance', [address, numberToHex(parseEther('10'))])
      await mined(
        await client(all.signers[i]).writeContract({
          address: registry,
          abi: committeeRegistryAbi,
          functionName: 'join',
          args: [committeeRoles.keys, address, bytesToHex(all.shareKeys[i]!.publicKey), url, '0x'],
          value: parseEther('0.1'),
        }),
      )
    }),
  )
}

async function formEpoch(chosen: readonly number[]): Promise<void> {
  const { timestamp } = await client().getBlock()
  const keys = {
    role: committeeRoles.keys,
    threshold: 3,
    members: chosen.map((i) => all.nodes[i]!.address),
  }
  await mined(
    await client().writeContract({
      address: registry,
      abi: committeeRegistryAbi,
      functionName: 'formEpoch',
      args: [timestamp + 2n, [keys]],
    }),
  )
}

const opening = (node: VaultNode, object: Hash) => node.keys!.shares.opening(object, 0)
const statusOf = (i: number) => all.nodes[i]!.keys!.mover.status()
const isDone = (i: number, epoch: bigint) => statusOf(i).epoch === epoch && statusOf(i).toMove === 0
/** Whether three of these nodes open the key. */
async function opens(chosen: readonly number[], object: Hash, dataKey: Uint8Array): Promise<boolean> {
  const shares = await Promise.all(
    chosen.map(async (i) => shareOfOpening((await opening(all.nodes[i]!, object))!)),
  )
  return Buffer.from(await combineShares(shares)).equals(dataKey)
}

beforeAll(async () => {
  ;[l1, l2] = await Promise.all([anvil(), store()])
  registry = await deploy()
  const ports: number[] = []
  while (ports.length < 7) ports.push(await freePort())
  all = await members(l2, 7, {
    roles: ['keys'],
    committees: registeredCommittees(rpcOf(l1.url), registry, 250),
    moves: { ms: 300, turnMs: 1_000 },
    ports,
  })
  await joinAll()
}, 240_000)
afterAll(async () => {
  await all?.stop()
  await l2?.stop()
  await l1?.stop()
})

describe('key nodes move what they hold when L1 shows another committee', () => {
  const puts: Awaited<ReturnType<typeof putManifest>>[] = []
  const path = [random()]

  it('waits for a new node that is away, and does without an old one', async () => {
    await formEpoch([0, 1, 2, 3, 4])
    const first = { nodes: all.nodes.slice(0, 5), shareKeys: all.shareKeys.slice(0, 5) }
    const paths = [path, [random()], [random()], [random()], [random()], [random()]]
    for (const each of paths) puts.push(await putManifest(l2, first, { path: each }))
    // Node 1 has missed a put: its share is of the key before.
    puts[5] = await putManifest(l2, first, { path: paths[5]!, epoch: 2, missing: [1] })
    await eventually('the first committee to be final', () => isDone(0, 1n), patience)
    expect(statusOf(0)).toMatchObject({ toMove: 0, moved: 0, failed: 0, waitingFor: [] })

    await all.nodes[1]!.stop()
    await all.nodes[5]!.stop()
    await formEpoch([0, 5, 2, 6, 4])
    const away = all.nodes[5]!.address
    for (const i of [0, 2, 3, 4])
      await eventually(`node ${i} to wait`, () => statusOf(i).waitingFor.includes(away), patience)
    expect(statusOf(0)).toMatchObject({ epoch: 2n, toMove: puts.length, moved: 0 })
    for (const { object, dataKey } of puts) expect(await opens([0, 2, 3], object, dataKey)).toBe(true)

    await all.nodes[5]!.start()
    for (const i of [0, 2, 3, 4]) await eventually(`node ${i} to be done`, () => isDone(i, 2n), patience)
    const moved = [0, 2, 3, 4].map((i) => statusOf(i).moved)
    expect(moved.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(puts.length)
    for (const { object, dataKey } of puts) {
      expect(await opens([0, 5, 2], object, dataKey)).toBe(true)
      expect(await opens([5, 6, 4], object, dataKey)).toBe(true)
      expect(await opening(all.nodes[3]!, object)).toBeUndefined()
    }
  }, 240_000)

  it('releases by the new committee', async () => {
    const { object, dataKey } = puts[0]!
    const animator = testAccount(3)
    const asker = await sessionOf(l2, animator)
    const evidence = evidenceOf(await announce(l2, grantTo(l2, animator.address)), path)
    const got = await keyFrom(
      l2,
      [6, 5, 4].map((i) => all.nodes[i]!),
      asker,
      evidence,
      { object },
    )
    expect(Buffer.from(got).equals(dataKey)).toBe(true)
  }, 120_000)

  it('has a node that missed two changes destroy what it still has', async () => {
    await formEpoch([6, 5, 3, 2, 0])
    for (const i of [0, 2, 3, 4, 5, 6])
      await eventually(`node ${i} to be done`, () => isDone(i, 3n), patience)
    for (const { object, dataKey } of puts) expect(await opens([3, 6, 0], object, dataKey)).toBe(true)

    const late = all.nodes[1]!
    await late.start()
    await eventually('the node to be done', () => isDone(1, 3n), patience)
    for (const { object, dataKey } of puts) {
      expect(await opening(late, object)).toBeUndefined()
      expect(await opens([6, 5, 2], object, dataKey)).toBe(true)
    }
    const counted = await Promise.all(
      all.nodes.map(async ({ keys }) => [keys!.shares.count, keys!.shares.before(3n)]),
    )
    expect(counted).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => [[1, 4].includes(i) ? 0 : puts.length, 0]))
  }, 240_000)
})

describe('whose turn it is', () => {
  const seats = [1, 2, 3, 4, 5].map((i) => ({
    key: `0x${`0${i}`.repeat(20)}` as Address,
    shareKey: random(),
    url: '',
  }))
  const committee = { epoch: 1n, threshold: 3, members: seats }

  it('is each node’s once for an object, and about as many objects are each one’s first', () => {
    const firsts = seats.map(() => 0)
    for (let n = 0; n < 1_000; n++) {
      const turns = seats.map(({ key }) => turnOf(keccak256(numberToHex(n)), committee, key))
      expect([...turns].sort()).toEqual([0, 1, 2, 3, 4])
      firsts[turns.indexOf(0)]!++
    }
    for (const count of firsts) expect(count).toBeGreaterThan(150)
    expect(turnOf(random(), committee, `0x${'09'.repeat(20)}`)).toBe(5)
  })

  it('comes again later after every failure, ten minutes at most', () => {
    expect([1, 2, 3, 7, 50].map(retryAfter)).toEqual([10_000, 20_000, 40_000, 600_000, 600_000])
  })
})

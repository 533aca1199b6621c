import { anchorStateRegistryAbi } from '@animechain/contracts/AnchorStateRegistry'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { devnetDefaults, disputeGameFactoryAbi, systemConfigAbi } from '@animechain/contracts'
import type { Hash } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  zeroAddress,
  zeroHash,
  type Abi,
  type Account,
  type Address,
} from 'viem'
import { guardian, heights, period } from '../../../../libs/proving/interactive/test/l1World.js'
import { toyClaim, wrongOutput } from '../../../../libs/proving/interactive/test/toyChain.js'
import type { Lie } from '../../../../libs/proving/interactive/src/liar.js'
import type { Arena } from '../arena.js'
import type { Strategy } from '../match.js'
import { gameOf, players, together } from './scripts.js'

const lie = (seed: number): Lie => ({ span: (seed * 5) % 16, step: (seed * 7) % 32, seed })

interface Try {
  to: Address
  abi: Abi | readonly unknown[]
  call: string
  args?: readonly unknown[]
  value?: bigint
}

/** Sends a call if L1 would take it. Returns whether it would. */
async function attempt(
  arena: Arena,
  account: Account,
  { to, abi, call, args = [], value = 0n }: Try,
): Promise<boolean> {
  const data = encodeFunctionData({ abi: abi as Abi, functionName: call, args })
  try {
    await arena.w.client.call({ account, to, data, value })
  } catch {
    return false
  }
  await arena.send(account, { to, data, value })
  return true
}

/** Calls that the rules must refuse. Returns those that they did not. */
async function refusals(arena: Arena, account: Account, tries: readonly Try[]): Promise<string[]> {
  const taken: string[] = []
  for (const each of tries)
    if (await attempt(arena, account, each))
      taken.push(
        `${each.call} was not refused: ${JSON.stringify(each.args, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
      )
  return taken
}

/** What the guardian's key could be tried for, but for pauses. */
function powers({ w, tree }: Arena, game: Address, tournament: Hash): readonly Try[] {
  const { addresses } = w.deployment
  const registry = { to: addresses.anchorStateRegistry, abi: anchorStateRegistryAbi }
  const factory = { to: addresses.disputeGameFactory, abi: disputeGameFactoryAbi }
  return [
    { ...registry, call: 'blacklistDisputeGame', args: [game] },
    { ...registry, call: 'updateRetirementTimestamp' },
    { ...registry, call: 'setRespectedGameType', args: [7] },
    { ...factory, call: 'setImplementation', args: [7, game] },
    { ...factory, call: 'accept', args: [tournament] },
    { ...factory, call: 'endorse', args: [game] },
    { to: tree, abi: challengeTreeAbi, call: 'discard', args: [tournament, game] },
    { to: tree, abi: challengeTreeAbi, call: 'conclude', args: [tournament, zeroHash, 0] },
    { to: game, abi: assertionGameAbi, call: 'resolve' },
  ]
}

/** Claims that are no claims: each but for one thing like the right one. */
async function malformed({ w, tree }: Arena): Promise<readonly Try[]> {
  const factory = {
    to: w.deployment.addresses.disputeGameFactory,
    abi: disputeGameFactoryAbi,
    call: 'create',
  }
  const { root, output, siblings } = await toyClaim(w.chain, heights[0], 0)
  const [batch] = w.batches
  const value = devnetDefaults.assertionBond
  const data = (
    changes: { block?: bigint; index?: bigint; acc?: Hash; parent?: Address; history?: Hash } = {},
  ) => {
    const {
      block = batch!.lastBlock,
      index = 0n,
      acc = batch!.acc,
      parent = zeroAddress,
      history = root,
    } = changes
    const about = encodeAbiParameters(
      [
        { type: 'uint256' },
        { type: 'uint256' },
        { type: 'bytes32' },
        { type: 'address' },
        { type: 'bytes32' },
      ],
      [block, index, acc, parent, history],
    )
    return concatHex([about, ...(siblings as Hash[])])
  }
  return [
    { ...factory, args: [1, output, data()], value },
    { ...factory, args: [0, output, data()], value: value - 1n },
    { ...factory, args: [0, wrongOutput(1n), data()], value },
    { ...factory, args: [0, output, data({ history: wrongOutput(1n) })], value },
    { ...factory, args: [0, output, data({ block: batch!.lastBlock + 1n })], value },
    { ...factory, args: [0, output, data({ index: 1n })], value },
    { ...factory, args: [0, output, data({ index: 7n })], value },
    { ...factory, args: [0, output, data({ acc: wrongOutput(1n) })], value },
    { ...factory, args: [0, output, data({ parent: tree })], value },
    { ...factory, args: [0, output, concatHex([data(), zeroHash])], value },
    { ...factory, args: [0, output, '0x'], value },
    { to: tree, abi: challengeTreeAbi, call: 'open', args: [zeroHash, root, tree], value },
    { to: tree, abi: challengeTreeAbi, call: 'conclude', args: [zeroHash, root, 0] },
  ]
}

/** Tries to take whatever the tree holds, each turn, and to end what is not decided. */
async function grab(arena: Arena, account: Account, games: readonly Address[]): Promise<void> {
  const tree = { to: arena.tree, abi: challengeTreeAbi }
  const { view, tournaments } = await arena.board()
  for (const game of games)
    await attempt(arena, account, { to: game, abi: assertionGameAbi, call: 'resolve' })
  for (const { id } of tournaments) {
    await attempt(arena, account, { ...tree, call: 'close', args: [id] })
    await attempt(arena, account, { ...tree, call: 'reward', args: [id, []] })
    for (const edge of [...view.assertions(id).map((claim) => claim.id), ...view.roots(id)]) {
      const { mutual, root } = view.edge(edge)!
      await attempt(arena, account, {
        ...tree,
        call: 'update',
        args: [[{ mutual, root, left: zeroHash, right: zeroHash }]],
      })
      await attempt(arena, account, { ...tree, call: 'slash', args: [mutual, root] })
      await attempt(arena, account, { ...tree, call: 'claimStake', args: [mutual, root] })
    }
  }
  await attempt(arena, account, { ...tree, call: 'claimCredit', args: [arena.honest.account.address] })
  await attempt(arena, account, { ...tree, call: 'claimCredit', args: [account.address!] })
}

/** Remembers what was found while a match went on. */
function finding(
  strategy: Omit<Strategy, 'begin' | 'after'> & {
    begin(arena: Arena, found: string[]): ReturnType<Strategy['begin']>
  },
): Strategy {
  let found: string[] = []
  return {
    ...strategy,
    begin(arena) {
      found = []
      return strategy.begin(arena, found)
    },
    after: async () => [...new Set(found)],
  }
}

/** Attacks on the rules, by calls that they must refuse. */
export const rules: readonly Strategy[] = [
  finding({
    name: 'malformed-claims',
    what: 'claims of another game type, batch, parent, length, bond; calls that only games may make',
    async begin(arena, found) {
      const account = await arena.account()
      found.push(...(await refusals(arena, account, await malformed(arena))))
      return players(await arena.liar(2n, lie(1)))
    },
  }),
  finding({
    name: 'guardian-thief',
    what: "has the guardian's key: pauses whenever it can, and tries everything else",
    async begin(arena, found) {
      const { w, honest } = arena
      await arena.fund(guardian.address, 10n ** 18n)
      const game = gameOf(await w.claim(honest.account))
      const config = { to: w.deployment.addresses.systemConfig, abi: systemConfigAbi }
      const liar = await arena.liar(2n, lie(2))
      let turns = 0
      return together(players(liar), {
        async turn() {
          const { tournaments } = await arena.board()
          turns++
          await attempt(arena, guardian, { ...config, call: turns % 5 === 0 ? 'unpause' : 'pause' })
          const open = powers(arena, game, tournaments[0]!.id)
          const isDue = (await arena.now()) > 0 && turns * 120 > period
          // Anybody may end what is decided.
          found.push(...(await refusals(arena, guardian, isDue ? open.slice(0, -1) : open)))
        },
      })
    },
  }),
  {
    name: 'grabber',
    what: "resolves, slashes, updates, closes and takes whatever it can, each turn, besides a liar's game",
    async begin(arena) {
      const { w } = arena
      const account = await arena.account()
      const chain = w.wrongChain(2n, 3)
      const game = gameOf(await w.claim(account, chain))
      const liar = await w.pretender(account, chain, lie(3))
      return together(players(liar), { turn: () => grab(arena, account, [game]) })
    },
  },
]

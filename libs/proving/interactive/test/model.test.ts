import { describe, expect, test } from '@jest/globals'
import { silentLogger, type Hash } from '@animechain/core'
import { bookkeepingProblem, type Assertion, type GameParameters } from '@animechain/proving-game'
import { memoryStorage } from '@animechain/storage-memory'
import { Commitments, DisputeStore, Player, steppingRunner, type PreparedMove } from '../src/index.js'
import { LyingCommitments, truthFrom, type Lie } from '../src/liar.js'
import { modelL1 } from './modelAccess.js'
import { genesisOutput, toyBatches, toyChain, toyClaim, toyRules, type ToyChain } from './toyChain.js'
import { toyProgram as program } from './toyProgram.js'

const ETHER = 10n ** 18n
const heights = [3, 4, 5] as const
const period = 10_000
const parameters: GameParameters = {
  gameType: 7,
  period,
  heights,
  bonds: [10n * ETHER, ETHER, ETHER / 10n],
  rewards: { assert: 10n ** 15n, bisect: 10n ** 14n, refine: 10n ** 14n, prove: 10n ** 15n },
  interval: 1,
  program: { codeRoot: program.codeRoot, ramRoot: program.ramRoot, pages: program.pages },
  rules: toyRules,
  genesis: genesisOutput,
}
const batches = toyBatches(3)
/** Gas costs nothing in the model; this much of the purse is kept for it all the same. */
const fees = { normal: 1n, urgent: 2n }
const HONEST_PURSE = 20n * ETHER
const LIAR_PURSE = 100n * ETHER

type World = Awaited<ReturnType<typeof world>>
type Pass = () => Promise<unknown>

async function openStore(): Promise<DisputeStore> {
  const storage = memoryStorage()
  await storage.start()
  return new DisputeStore(storage)
}

async function world() {
  const l1 = modelL1(parameters, batches)
  const chain = toyChain({ batches })
  const options = { runner: steppingRunner(program), heights, rules: toyRules, chain }
  const store = await openStore()
  l1.balances.set('honest', HONEST_PURSE)
  return {
    l1,
    chain,
    commitments: () => new Commitments({ ...options, store }),
    /** Knows nothing but what is on disk and on L1. */
    honest: (onMove?: (move: PreparedMove) => void) =>
      new Player({
        access: l1.access('honest', onMove),
        chain,
        commitments: new Commitments({ ...options, store }),
        fees,
      }),
    /** Claims the batch after `parent`'s, and defends the claim with all that is allowed. */
    async liar(name: string, wrongFrom: bigint, lie: Lie, parent?: Assertion): Promise<Player> {
      l1.balances.set(name, LIAR_PURSE)
      const wrong = { ...toyChain({ batches, wrongFrom, seed: lie.seed }), proofInputs: chain.proofInputs }
      await claim(l1, name, wrong, parent)
      const commitments = new LyingCommitments(
        { ...options, store: await openStore() },
        lie,
        truthFrom(chain),
      )
      return new Player({ access: l1.access(name), chain: wrong, commitments, fees })
    },
  }
}

/** The first claim of a tournament, as a proposer makes it. */
async function claim(l1: World['l1'], from: string, chain: ToyChain, parent?: Assertion): Promise<void> {
  const batchIndex = parent === undefined ? 0 : l1.game.tournament(parent.tournament)!.batchIndex + 1
  const made = await toyClaim(chain, heights[0], batchIndex)
  const value = parameters.bonds[0]
  expect(l1.game.act({ type: 'assert', from, parent: parent?.id, ...made, value }).status).toBe('done')
  l1.balances.set(from, (l1.balances.get(from) ?? 0n) - value)
}

const tournamentsOf = ({ l1 }: World): Hash[] => [...l1.game.tournaments.keys()]

/** Looks of all, every `seconds`, until a tournament is decided. Returns how long that took, in seconds. */
async function playOut(
  { l1 }: World,
  tournament: Hash,
  passes: readonly Pass[],
  seconds = 300,
): Promise<number> {
  const from = l1.game.now
  while (l1.game.tournament(tournament)!.accepted === undefined) {
    for (const pass of passes) await pass()
    expect(bookkeepingProblem(l1.game)).toBeUndefined()
    l1.game.now += seconds
    expect(l1.game.now - from).toBeLessThan(2 * period)
  }
  return l1.game.now - from
}

/** All that can be collected, until nothing comes any more. */
async function collect({ l1 }: World, passes: readonly Pass[]): Promise<void> {
  for (let i = 0; i < 5; i++) {
    for (const pass of passes) await pass()
    l1.game.now += period
  }
  expect(bookkeepingProblem(l1.game)).toBeUndefined()
}

const verdicts = ({ l1 }: World, tournament: Hash) =>
  Object.fromEntries(l1.game.assertions(tournament).map(({ asserter, status }) => [asserter, status]))

describe('the honest player on the model of the game', () => {
  test('defeats a liar down to one step, and is paid for it', async () => {
    const w = await world()
    const liar = await w.liar('liar', 2n, { span: 5, step: 11, seed: 1 })
    const moves = new Set<string>()
    const honest = w.honest(({ type }) => moves.add(type))
    const passes = [() => liar.pass(), () => honest.pass()]
    const [tournament] = tournamentsOf(w)
    await playOut(w, tournament!, passes)
    await collect(w, passes)
    expect(verdicts(w, tournament!)).toEqual({ liar: 'rejected', honest: 'accepted' })
    expect([...moves].sort()).toEqual(
      [
        'assert',
        'bisect',
        'claimCredit',
        'claimStake',
        'prove',
        'refine',
        'resolve',
        'reward',
        'slash',
        'update',
      ].filter((type) => type !== 'slash' || moves.has('slash')),
    )
    expect(w.l1.balances.get('honest')!).toBeGreaterThan(HONEST_PURSE)
    expect(w.l1.balances.get('liar')!).toBeLessThanOrEqual(LIAR_PURSE - parameters.bonds[0])
    // One block was disputed: its witness was asked of the node once, and of the disk from then on.
    expect(w.chain.inputsAsked).toBeLessThanOrEqual(4)
  })

  test('goes on from L1 and the disk alone when it is killed at any move', async () => {
    const uninterrupted = await world()
    let moves = 0
    const bad = await uninterrupted.liar('liar', 3n, { span: 2, step: 30, seed: 2 })
    const good = uninterrupted.honest(() => moves++)
    await playOut(uninterrupted, tournamentsOf(uninterrupted)[0]!, [() => bad.pass(), () => good.pass()])
    expect(moves).toBeGreaterThan(20)

    const w = await world()
    const liar = await w.liar('liar', 3n, { span: 2, step: 30, seed: 2 })
    let kills = 0
    /** Killed before each of its moves, the first time that it comes to it, and each pass by a process that has just begun. */
    const seen = new Set<string>()
    const pass = async () => {
      for (;;)
        try {
          const player = w.honest((move) => {
            const key = `${move.type} ${'edge' in move ? move.edge : ''}`
            if (seen.has(key)) return
            seen.add(key)
            kills++
            throw new Error('killed')
          })
          await player.pass()
          return
        } catch (error) {
          if ((error as Error).message !== 'killed') throw error
        }
    }
    await playOut(w, tournamentsOf(w)[0]!, [() => liar.pass(), pass])
    await collect(w, [() => liar.pass(), pass])
    expect(kills).toBeGreaterThanOrEqual(20)
    expect(verdicts(w, tournamentsOf(w)[0]!)).toEqual({ liar: 'rejected', honest: 'accepted' })
    expect(w.l1.balances.get('honest')!).toBeGreaterThan(HONEST_PURSE)
  })

  test('defeats several liars at once with one bond', async () => {
    const w = await world()
    const lies: [bigint, Lie][] = [
      [1n, { span: 0, step: 0, seed: 3 }],
      [1n, { span: 7, step: 24, seed: 4 }],
      [2n, { span: 15, step: 31, seed: 5 }],
      [3n, { span: 3, step: 1, seed: 6 }],
    ]
    const liars = []
    for (const [i, [from, lie]] of lies.entries()) liars.push(await w.liar(`liar ${i}`, from, lie))
    const honest = w.honest()
    let least = HONEST_PURSE
    const passes = [
      ...liars.map((liar) => () => liar.pass()),
      async () => {
        await honest.pass()
        const now = w.l1.balances.get('honest')!
        if (now < least) least = now
      },
    ]
    await playOut(w, tournamentsOf(w)[0]!, passes)
    await collect(w, passes)
    expect(
      Object.values(verdicts(w, tournamentsOf(w)[0]!)).filter((status) => status === 'accepted'),
    ).toHaveLength(1)
    expect(verdicts(w, tournamentsOf(w)[0]!).honest).toBe('accepted')
    // Liars may make an edge first that is in its tree too; a stake for each of them is the most that it takes.
    expect(HONEST_PURSE - least).toBeLessThanOrEqual(
      parameters.bonds[0] + BigInt(lies.length) * (parameters.bonds[1] + parameters.bonds[2]),
    )
    expect(w.l1.balances.get('honest')!).toBeGreaterThan(HONEST_PURSE)
  })

  test("defends a stranger's right claim, and gets its stake back", async () => {
    const w = await world()
    w.l1.balances.set('stranger', parameters.bonds[0])
    await claim(w.l1, 'stranger', w.chain)
    const liar = await w.liar('liar', 2n, { span: 6, step: 3, seed: 7 })
    const honest = w.honest()
    const passes = [() => liar.pass(), () => honest.pass()]
    await playOut(w, tournamentsOf(w)[0]!, passes)
    await collect(w, passes)
    expect(verdicts(w, tournamentsOf(w)[0]!)).toEqual({ stranger: 'accepted', liar: 'rejected' })
    expect(w.l1.balances.get('honest')!).toBeGreaterThan(HONEST_PURSE)
  })

  test('plays an open chain of claims, and leaves what stands on a wrong one alone', async () => {
    const w = await world()
    // Two bonds at a time.
    w.l1.balances.set('honest', 2n * HONEST_PURSE)
    const wrong = await w.liar('liar', 2n, { span: 6, step: 3, seed: 8 })
    const [parent] = w.l1.game.assertions(tournamentsOf(w)[0]!)
    // A claim on the lie, which even the truth could not save.
    await w.liar('heir', 2n, { span: 6, step: 3, seed: 8 }, parent)
    const honest = w.honest()
    await honest.pass()
    const own = w.l1.game.assertions(tournamentsOf(w)[0]!).find(({ asserter }) => asserter === 'honest')!
    const second = await w.liar('second liar', 5n, { span: 1, step: 4, seed: 9 }, own)
    const passes = [() => wrong.pass(), () => second.pass(), () => honest.pass()]
    const last = tournamentsOf(w).at(-1)!
    await playOut(w, tournamentsOf(w)[0]!, passes)
    await playOut(w, last, passes)
    await collect(w, passes)
    expect(verdicts(w, tournamentsOf(w)[0]!)).toEqual({ liar: 'rejected', honest: 'accepted' })
    expect(verdicts(w, last)).toEqual({ 'second liar': 'rejected', honest: 'accepted' })
    expect(verdicts(w, tournamentsOf(w)[1]!)).toEqual({ heir: 'open' })
    expect(w.l1.balances.get('honest')!).toBeGreaterThan(2n * HONEST_PURSE)
  })

  test('does not enter a dispute that its purse does not carry, and enters once it does', async () => {
    const w = await world()
    w.l1.balances.set('honest', parameters.bonds[0])
    await w.liar('liar', 2n, { span: 5, step: 11, seed: 1 })
    const said: string[] = []
    const access = w.l1.access('honest')
    const poor = new Player({
      access,
      chain: w.chain,
      commitments: new Commitments({
        runner: steppingRunner(program),
        heights,
        rules: toyRules,
        chain: w.chain,
        store: await openStore(),
      }),
      fees,
      logger: { ...silentLogger, error: (message) => said.push(message) },
    })
    const report = await poor.pass()
    expect(report.wrongClaims).toHaveLength(1)
    expect(report.movesMade).toBe(0)
    expect(said).toContain('a dispute is not entered: the purse does not carry it to its end')
    w.l1.balances.set('honest', HONEST_PURSE)
    expect((await poor.pass()).movesMade).toBeGreaterThan(0)
    expect(verdicts(w, tournamentsOf(w)[0]!)).toEqual({ liar: 'open', honest: 'open' })
  })

  test('does not pay again and again for a move that changes nothing', async () => {
    const w = await world()
    await w.liar('liar', 2n, { span: 5, step: 11, seed: 1 })
    const access = w.l1.access('honest')
    let sent = 0
    const player = new Player({
      access: {
        ...access,
        play: async (moves) => {
          sent += moves.length
          return moves.map(() => ({ status: 'made' }))
        },
      },
      chain: w.chain,
      commitments: w.commitments(),
      fees,
    })
    await player.pass()
    await player.pass()
    expect(sent).toBe(1)
    w.l1.game.now += period / 50
    await player.pass()
    expect(sent).toBe(2)
  })

  test('wins wherever the lie begins', async () => {
    let state = 1
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % below
    }
    for (let i = 0; i < 6; i++) {
      const w = await world()
      const lie = { span: random(16), step: random(32), seed: i + 20 }
      const liar = await w.liar('liar', BigInt(1 + random(3)), lie)
      const honest = w.honest()
      const passes = [() => liar.pass(), () => honest.pass()]
      await playOut(w, tournamentsOf(w)[0]!, random(2) === 0 ? passes : passes.reverse(), 50 + random(500))
      expect(verdicts(w, tournamentsOf(w)[0]!)).toEqual({ liar: 'rejected', honest: 'accepted' })
    }
  }, 120_000)
})

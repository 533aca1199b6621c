import { Game } from '@animechain/proving-game'
import { count, heights, readFlags, UsageError } from './arguments.js'
import { explore, smallSetting } from './exhaustive.js'
import { figure } from './figures.js'
import { hunt } from './hunt.js'
import { arena } from './l1/arena.js'
import { duel, duelRules } from './l1/duel.js'
import { answeringTime } from './match.js'
import { largeSetting, play, trace } from './play.js'
import { planted } from './planted.js'

const HELP = `npm run game -- <command> [flags]

  explore   every play of liars at small sizes
            --heights 1,1,1  --states 100000 (where to stop)  --claims 1  --refinements 1 (of each level)
  play      random matches at the real sizes
            --seed 1 (the first)  --matches 100  --most 30 (wrong claims)
  planted   whether the checks find bugs that are planted in the rules
            --states 400  --seeds 25
  figures   what the honest player needs against 1, 10, 100, 1,000 junk claims
            --claims 1000 (the most)
  trace     one random match as JSON, for another implementation of the rules
            --seed 1  --heights 2,2,2  --most 3
  contracts random matches at small heights repeated on the contracts, on anvil, and compared after each action
            --seed 1 (the first)  --matches 10

The same flags give the same result. Exit code 1: something that must not happen, happened.`

const line = (text: string) => void process.stdout.write(`${text}\n`)
const grouped = (value: number) => value.toLocaleString('en-US')

function runExplore(argv: readonly string[]): void {
  const flags = readFlags(argv, ['--heights', '--states', '--claims', '--refinements'])
  const sizes = heights(flags, [1, 1, 1])
  const refinements = count(flags, '--refinements', 1)
  const limit = count(flags, '--states', 100_000)
  for (const copied of [false, true]) {
    const setting = smallSetting(sizes, 1)
    const budget = {
      claims: count(flags, '--claims', 1),
      refinements: [refinements, refinements] as const,
      copied,
      quickToo: true,
    }
    const { states, settled, latest, complete } = explore(setting, budget, Game, limit)
    const { period } = setting.parameters
    line(
      `${sizes.join('/')}${copied ? ', the right claim made by a liar' : ''}: ${grouped(states)} states${complete ? '' : ' (stopped there)'}, ${grouped(settled)} ends; accepted ${latest} ticks after the honest claim at the latest, P = ${period}, P + D = ${period + answeringTime(setting)}`,
    )
  }
}

function runPlay(argv: readonly string[]): void {
  const flags = readFlags(argv, ['--seed', '--matches', '--most'])
  const first = count(flags, '--seed', 1)
  const matches = count(flags, '--matches', 100)
  const most = count(flags, '--most', 30)
  const setting = largeSetting()
  const worst = { delay: 0, seed: 0, edges: 0, moves: 0 }
  for (let seed = first; seed < first + matches; seed++) {
    let played
    try {
      played = play(seed, setting, Game, undefined, most)
    } catch (error) {
      line(`seed ${seed}: ${error instanceof Error ? error.message : error}`)
      throw error
    }
    if (played.delay > worst.delay) Object.assign(worst, { delay: played.delay, seed })
    worst.edges += played.edges
    worst.moves += played.honestMoves
  }
  const { period } = setting.parameters
  line(
    `${matches} matches from seed ${first} on: won all; ${grouped(worst.edges)} edges, ${grouped(worst.moves)} honest moves; latest acceptance ${(1 + worst.delay / period).toFixed(3)} P after the honest claim (seed ${worst.seed})`,
  )
}

function runPlanted(argv: readonly string[]): void {
  const flags = readFlags(argv, ['--states', '--seeds'])
  const effort = { states: count(flags, '--states', 400), seeds: count(flags, '--seeds', 25) }
  for (const [name, rules] of Object.entries(planted)) {
    const found = hunt(rules, effort)
    line(`${name}: ${found === undefined ? 'NOT FOUND' : `${found.by}: ${found.violation}`}`)
    if (found === undefined) process.exitCode = 1
  }
}

function runFigures(argv: readonly string[]): void {
  const most = count(readFlags(argv, ['--claims']), '--claims', 1_000)
  const ether = (wei: bigint) => (Number(wei) / 1e18).toFixed(3)
  const { bonds } = largeSetting().parameters
  line(`b0 ${ether(bonds[0])}, b1 ${ether(bonds[1])}, b2 ${ether(bonds[2])} ETH`)
  for (const made of ['by the honest player', 'by liars'] as const)
    for (const claims of [1, 10, 100, 1_000].filter((each) => each <= most)) {
      const { edges, staked, stakes, moves, earned, delay } = figure(claims, made)
      line(
        `${grouped(claims)} junk claims, shared edges made ${made}: stakes ${stakes.join(' + ')}, at most ${ether(staked)} ETH at a time; moves ${JSON.stringify(moves)}; earned ${ether(earned)} ETH; accepted ${(1 + delay).toFixed(3)} P after the claim; ${grouped(edges)} edges`,
      )
    }
}

function runTrace(argv: readonly string[]): void {
  const flags = readFlags(argv, ['--seed', '--heights', '--most'])
  const setting = largeSetting(heights(flags, [2, 2, 2]))
  line(trace(count(flags, '--seed', 1), setting, count(flags, '--most', 3)))
}

async function runContracts(argv: readonly string[]): Promise<void> {
  const flags = readFlags(argv, ['--seed', '--matches'])
  const first = count(flags, '--seed', 1)
  const matches = count(flags, '--matches', 10)
  const outcomes = new Map<string, number>()
  let [values, unsayable] = [0, 0]
  const on = await arena(duelRules())
  try {
    for (let seed = first; seed < first + matches; seed++) {
      const snapshot = await on.l1.request<string>('evm_snapshot')
      const compared = await duel(on, seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
      })
      await on.l1.request('evm_revert', [snapshot])
      for (const [what, times] of compared.outcomes) outcomes.set(what, (outcomes.get(what) ?? 0) + times)
      values += compared.values
      unsayable += compared.unsayable
    }
  } finally {
    await on.stop()
  }
  const all = [...outcomes.values()].reduce((sum, times) => sum + times, 0)
  for (const [what, times] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1)))
    line(`${what}: ${grouped(times)}`)
  line(
    `${matches} matches from seed ${first} on: ${grouped(all)} actions with the same outcome, ${grouped(values)} values of L1 the same, ${grouped(unsayable)} actions that cannot be said on L1`,
  )
}

const commands: Record<string, (argv: readonly string[]) => void | Promise<void>> = {
  explore: runExplore,
  play: runPlay,
  planted: runPlanted,
  figures: runFigures,
  trace: runTrace,
  contracts: runContracts,
}

const [name = '', ...argv] = process.argv.slice(2)
const command = commands[name]
if (name === '--help' || argv.includes('--help')) line(HELP)
else if (command === undefined) {
  process.stderr.write(`Expected ${Object.keys(commands).join(', ')}, got ${name || 'nothing'}.\n`)
  process.exitCode = 2
} else
  try {
    await command(argv)
  } catch (error) {
    process.stderr.write(`${error instanceof UsageError ? error.message : (error as Error).stack}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }

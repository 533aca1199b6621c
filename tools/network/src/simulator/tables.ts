import type { Outcome } from './run.js'
import { ETHER, GWEI, unbondingDays, type Rules } from './rules.js'
import {
  attack,
  capacity,
  colluding,
  drills,
  inputs,
  leads,
  leastPenalty,
  longestBetweenDrills,
  mixed,
  leastPot,
  oneRich,
  pots,
  rich,
  type Lead,
  type Length,
} from './scenarios.js'

/** Rows of cells; the first has the names of the columns. */
export type Table = readonly (readonly string[])[]

/** All that section 12 of docs/spec/network.md shows. */
export interface Page {
  tables: Readonly<Record<string, Table>>
  leads: readonly Lead[]
  /** wei a day; docs/spec/network.md names it */
  leastPot: bigint
  /** Names of lazy strategies that earn as much as honest ones: none, or the parameters are wrong. Copying a node that derives is outsourcing, and not among them. */
  lazyWins: readonly string[]
}

/** wei as ETH */
export const ether = (wei: bigint | number, digits: number): string => {
  const text = (Number(wei) / Number(ETHER)).toFixed(digits)
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text
}
const grouped = (value: bigint | number) => value.toLocaleString('en-US')
const yes = (is: boolean) => (is ? 'yes' : 'no')
const perYear = ({ earnings }: Pick<Outcome, 'earnings'>, stake: bigint) =>
  `${((earnings * 365 * 100) / Number(stake)).toFixed(2)}%`

/** Points of the curves; each is a tenth of the whole run. */
const PENALTIES = [0n, 5n, 10n, 20n, 50n, 100n, 200n].map((milli) => milli * 10n ** 15n)
const POTS = [0n, 20n, 30n, 60n, 100n].map((milli) => milli * 10n ** 15n)
const DRILLS = [0, 1_000, 300, 90, 30]
const SETS = [6, 8, 16, 32, 64]

/** Everything, by seed. */
export function page(rules: Rules, length: Length): Page {
  const point = { ...length, epochs: Math.max(100, Math.floor(length.epochs / 10)) }
  const curve = leads(rules, PENALTIES, point)
  const main = mixed(rules, length)
  if (main.lost !== 0n)
    throw new Error(`Expected every wei to be somewhere, got ${main.lost} wei that are not.`)
  const honest = main.outcomes[0]!
  const earned = (honest.fees + honest.rewards) / BigInt(honest.verifiers * length.epochs)
  return {
    leads: curve,
    leastPot: leastPot(rules),
    lazyWins: main.outcomes
      .filter(({ strategy: { derives } }) => derives === 'nowhere' || derives === 'another node')
      .filter(({ earnings }) => earnings >= honest.earnings)
      .map(({ strategy }) => strategy.name),
    tables: {
      inputs: inputTable(),
      strategies: strategyTable(main.outcomes, rules),
      penalty: penaltyTable(earned, rules),
      leads: leadTable(curve),
      pots: potTable(rules, point),
      drills: drillTable(rules, point),
      drillTimes: drillTimes(earned, rules),
      capacity: capacityTable(rules),
      coalition: coalitionTable(rules),
      rich: richTable(rules),
      groups: groupTable(rules, length, point),
    },
  }
}

function inputTable(): Table {
  const { computing, copying, gasPrice, checkInGas, revealGas, vaults, drillEvery, lieEvery } = inputs
  const exits = inputs.certificates * inputs.exits
  const mean = (inputs.leastExit + inputs.mostExit) / 2n
  return [
    ['assumed', 'value', 'why'],
    ['deriving', `${ether(computing, 5)} ETH a day`, 'two cores at 36 dollars a month, 3,000 dollars an ETH'],
    ["asking another node's", `${ether(copying, 5)} ETH a day`, 'a free plan of somebody, and a process'],
    [
      'gas',
      `${gasPrice / GWEI} gwei; check-in ${grouped(checkInGas)}, reveal ${grouped(revealGas)}`,
      'L1 at rest; measured (snapshots/gas.json)',
    ],
    [
      'early exits',
      `${exits} a day, ${ether(inputs.leastExit, 0)} to ${ether(inputs.mostExit, 0)} ETH, ${ether(BigInt(exits) * mean, 0)} ETH in all`,
      'below what 64 verifiers let out',
    ],
    ['fee vaults', `${ether(vaults, 2)} ETH a day`, `a fifth of ${ether(5n * vaults, 1)} ETH of fees`],
    ['drills', `1 in ${drillEvery} days`, 'four a year'],
    ['wrong in earnest', `1 in ${grouped(lieEvery)} days`, "the proposer's key is lost once in three years"],
    [
      'copied node',
      `says the same wrong thing, 1 in ${inputs.sourceLiesOneIn}`,
      "most copy the operator's, which the drill's maker, or the thief, may have",
    ],
  ]
}

function strategyTable(outcomes: readonly Outcome[], rules: Rules): Table {
  return [
    [
      'strategy',
      'verifiers',
      'ETH a day',
      '± standard error',
      'a year',
      'draws missed',
      'drills signed',
      'lies signed',
    ],
    ...outcomes.map((each) => [
      ...[each.strategy.name, `${each.verifiers}`, ether(each.earnings, 6), ether(each.error, 6)],
      ...[perYear(each, rules.minStake), grouped(each.missed), `${each.drilled}`, `${each.lied}`],
    ]),
  ]
}

function penaltyTable(earned: bigint, rules: Rules): Table {
  const odds = [4, 16, 64]
  const row = (what: string, saved: bigint, earned: bigint) => [
    ...[what, ether(saved, 4), ether(earned, 5)],
    ...odds.map((one) => ether(leastPenalty(saved, earned, one), 3)),
  ]
  const busy = (capacity(rules, rules.maxActive).perDay / rules.feeDivisor + inputs.vaults) / 43n
  return [
    ['day', 'saved, ETH', 'earned, ETH', ...odds.map((one) => `P, p = 1/${one}`)],
    row("the design page's", ETHER / 10_000n, ETHER / 1_000n),
    row('as assumed above', inputs.computing, earned),
    row('exits at capacity, 43 share', inputs.computing, busy),
    row('five times the machine', 5n * inputs.computing, busy),
  ]
}

const leadTable = (curve: readonly Lead[]): Table => [
  ['P, ETH', 'signs what others signed', 'and never checks in', 'the same, met draws only who checked in'],
  ...curve.map(({ penalty, following, freeloading, unmet }) => [
    ether(penalty, 3),
    ...[following, freeloading, unmet].map((lead) => ether(lead, 6)),
  ]),
]

const potTable = (rules: Rules, length: Length): Table => [
  ['pot, ETH a day', 'draws meet all that are active', 'met they only who checked in'],
  ...pots(rules, POTS, length).map(({ pot, unmet, met }) => [ether(pot, 3), ether(met, 6), ether(unmet, 6)]),
]

const drillTable = (rules: Rules, length: Length): Table => [
  ['days between drills', 'lazy, never checks in', 'copying'],
  ...drills(rules, DRILLS, length).map(({ every, silent, copying }) => [
    ...[every === 0 ? 'none' : grouped(every), ether(silent, 6), ether(copying, 6)],
  ]),
]

function drillTimes(earned: bigint, rules: Rules): Table {
  const saved = inputs.computing - inputs.copying
  return [
    ['who', 'gains by it, ETH a day', 'longest time between drills, days'],
    [
      ...['signs anything, never checks in', ether(inputs.computing + earned, 5)],
      grouped(longestBetweenDrills(inputs.computing + earned, rules, 1)),
    ],
    [
      ...['copies, the drill is at the copied node too', ether(saved, 5)],
      grouped(longestBetweenDrills(saved, rules, 1)),
    ],
    [...['copies, every second drill is', ether(saved, 5)], grouped(longestBetweenDrills(saved, rules, 2))],
    ["copies a node that derives (another verifier's)", ether(saved, 5), 'none catches it'],
  ]
}

const capacityTable = (rules: Rules): Table => [
  [
    ...['active', 'signers', 'their stake, ETH', 'cover, ETH', `ETH a day (${rules.holdEpochs} d)`],
    ...['one exit, ETH', 'first hour, ETH', 'stake bound, d'],
  ],
  ...SETS.map((active) => {
    const { signers, stake, cover, perDay, single, hour } = capacity(rules, active)
    return [
      ...[`${active}`, `${signers}`, ether(stake, 0), ether(cover, 0), ether(perDay, 1)],
      ...[ether(single, 1), ether(hour, 1), `${unbondingDays}`],
    ]
  }),
]

const coalitionTable = (rules: Rules): Table => [
  [
    ...['coalition', 'minutes unseen after W', 'gains, ETH', 'loses, ETH', 'of it back as finder'],
    ...['net, ETH', 'bridge loses, wei'],
  ],
  ...[5, 43, 64].flatMap((size) =>
    [0, 60, 180].map((minutes) => {
      const it = attack(rules, BigInt(size) * rules.minStake, minutes)
      return [
        ...[`${size} of ${size === 5 ? 7 : 64}`, `${minutes}`, ether(it.gain, 1), ether(it.stake, 0)],
        ...[ether(it.finder, 1), ether(it.net, 1), `${it.bridgeLoss}`],
      ]
    }),
  ),
]

function richTable(rules: Rules): Table {
  const others = Array.from({ length: 56 }, () => rules.minStake)
  const stake = (21n * 56n * rules.minStake) / 10n
  return [
    [
      'cap',
      'identities',
      'share of weight',
      'certifies alone',
      'can block',
      'gains, ETH',
      'loses, ETH',
      'bridge loses, wei',
    ],
    ...[1_000_000n, rules.cap].flatMap((cap) =>
      [1, 5, 6].map((identities) => {
        const it = rich(rules, cap, identities, stake, others)
        return [
          ...[cap === 1_000_000n ? 'none' : `1/${1_000_000n / cap}`, `${identities}`],
          ...[`${(Number(it.share) / 100).toFixed(1)}%`, yes(it.certifiesAlone), yes(it.blocks)],
          ...(it.attack
            ? [ether(it.attack.gain, 0), ether(it.attack.stake, 0), `${it.attack.bridgeLoss}`]
            : ['0', '0', '0']),
        ]
      }),
    ),
  ]
}

function groupTable(rules: Rules, length: Length, point: Length): Table {
  const attacked = colluding(rules, length)
  const [honest, coalition] = attacked.outcomes
  const tries = coalition!.lied / coalition!.verifiers
  const piece = (identities: number, cap: bigint) => {
    const { outcomes } = oneRich({ ...rules, cap }, identities, point)
    const one = outcomes[1]!
    // Of 32 ETH of its stake.
    const shares = (2 * 56) / identities
    return { earnings: one.earnings / shares, error: one.error / shares }
  }
  const row = (name: string, { earnings, error }: { earnings: number; error: number }, bridge: string) => [
    ...[name, ether(earnings, 6), ether(error, 6), perYear({ earnings }, rules.minStake), bridge],
  ]
  return [
    ['who', 'ETH a day for 32 ETH', '± standard error', 'a year', 'bridge loses, wei'],
    row(
      `44 of 64 that collude, ${tries} tries, nobody looking for hours`,
      coalition!,
      `${attacked.bridgeLoss}`,
    ),
    row('the 20 honest ones beside them', honest!, `${attacked.bridgeLoss}`),
    row('twice the stake of all others, honest, one identity', piece(1, rules.cap), '0'),
    row('the same, eight identities', piece(8, rules.cap), '0'),
    row('the same, one identity, no cap', piece(1, 1_000_000n), '0'),
  ]
}

/** A table as Prettier leaves it. */
export function markdown(table: Table): string {
  const widths = table[0]!.map((_, at) => Math.max(3, ...table.map((row) => row[at]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(table[0]!), rule, ...table.slice(1).map(line)].join('\n')
}

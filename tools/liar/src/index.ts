// npm run liar -- [--role sequencer|verifier|both] [--da calldata|blob] [--lies name,name] [--seconds 8]
import { parseArgs } from 'node:util'
import type { Hash } from '@animechain/core'
import { eventually, lies } from '@animechain/testing'
import { firstDifference, trial, type Verdict } from './trial.js'
import { world, type Role } from './world.js'

const HELP = `Usage: npm run liar -- [options]

Puts a proxy in front of L1 that lies in one way after another, and looks at the node behind it: no wrong block, nothing final lost, no silent
stand-still, and back within 15 seconds of the truth.

  --role <role>      node behind the proxy: sequencer, verifier or both (default)
  --da <da>          where batches are: calldata (default) or blob
  --lies <names>     separated by commas; default: all
  --seconds <n>      how long each lie lasts; default 10
`

const cell = (value: unknown, width: number) => String(value).padEnd(width).slice(0, width)

function line(
  role: string,
  { lie, changed, outcome, codes, namedAfterMs, recoveredMs, ...rest }: Verdict,
): string {
  return [
    cell(role, 9),
    cell(lie, 23),
    cell(changed, 7),
    cell(outcome, 9),
    cell(namedAfterMs ?? '', 8),
    cell(recoveredMs ?? '', 9),
    cell(rest.callsPerSecond.toFixed(1), 7),
    cell(rest.linesPerSecond.toFixed(2), 7),
    codes.join(' '),
    rest.faults.length > 0 ? `FAULT: ${rest.faults.join('; ')}` : '',
  ].join(' ')
}

async function run(role: Role, da: 'calldata' | 'blob', names: readonly string[], seconds: number) {
  const w = await world({ role, da })
  let faults = 0
  try {
    await eventually('final blocks', () => w.lied.chain.head('finalized').number > 3n, { timeoutMs: 120_000 })
    for (const lie of lies.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const verdict = await trial(w, lie, { lieMs: seconds * 1_000, recoveryMs: 60_000 })
      if ((verdict.recoveredMs ?? 0) > 15_000) verdict.faults.push('recovery took longer than 15 s')
      faults += verdict.faults.length
      console.log(line(role, verdict))
    }
    await w.quiet()
    const isEverywhere = (hash: Hash) =>
      w.honest.chain.transaction(hash) !== undefined && w.lied.chain.transaction(hash) !== undefined
    await eventually(
      'all acknowledged transactions on both nodes',
      () => w.acknowledged.every(isEverywhere),
      { timeoutMs: 120_000 },
    ).catch(() => undefined)
    const lost = w.acknowledged.filter((hash) => !isEverywhere(hash)).length
    const different = firstDifference(w.lied, w.honest)
    faults += lost + (different === undefined ? 0 : 1)
    console.log(
      `${role}: ${w.lied.chain.head('safe').number} blocks ${different === undefined ? 'equal' : `DIFFER at ${different}`}, ` +
        `${w.acknowledged.length} transactions acknowledged, ${lost} lost`,
    )
  } finally {
    await w.stop()
  }
  return faults
}

const { values } = parseArgs({
  options: {
    role: { type: 'string', default: 'both' },
    da: { type: 'string', default: 'calldata' },
    lies: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
})
const roles = { both: ['verifier', 'sequencer'], verifier: ['verifier'], sequencer: ['sequencer'] }[
  values.role
]
const names = values.lies.split(',').filter((name) => name !== '')
const unknown = names.filter((name) => !lies.some((lie) => lie.name === name))
if (values.help) console.log(HELP)
else if (
  !roles ||
  !['calldata', 'blob'].includes(values.da) ||
  !(Number(values.seconds) > 0) ||
  unknown.length > 0
) {
  console.error(unknown.length > 0 ? `There is no lie ${unknown.join(', ')}.\n` : HELP)
  process.exitCode = 2
} else {
  console.log(
    [
      'role     ',
      cell('lie', 23),
      'changed',
      'outcome  ',
      'named ms',
      'truth ms ',
      'calls/s',
      'lines/s',
      'codes',
    ].join(' '),
  )
  let faults = 0
  for (const role of roles)
    faults += await run(role as Role, values.da as 'calldata', names, Number(values.seconds))
  console.log(faults === 0 ? 'No fault.' : `${faults} FAULTS.`)
  process.exitCode = faults === 0 ? 0 : 1
}

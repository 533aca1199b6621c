// From `npm start` (installed and built) to the first L2 block with a number above 0.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@animechain/testing'
import { client } from './load.mjs'
import { median, round } from './scope.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))

async function oneStart(scope, direct) {
  const directory = join(scope.folder(), 'devnet')
  const l2Port = await freePort()
  const flags = ['--directory', directory, '--l1-port', '0', '--l2-port', String(l2Port)]
  flags.push('--verifier-port', '0', '--bridge-port', '0', '--metrics-port', '0', '--no-status')
  const [command, args] = direct
    ? [process.execPath, ['apps/devnet/dist/cli.js', ...flags]]
    : ['npm', ['start', '--', ...flags]]
  const began = performance.now()
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => {
    child.once('error', resolve)
    child.once('close', resolve)
  })
  const marks = {}
  let printed = ''
  const read = (chunk) => {
    for (const line of chunk.toString().split('\n')) {
      const phase = /^\[[\d.]+ s\] (.*)$/.exec(line)?.[1]
      if (phase) marks[phase] ??= (performance.now() - began) / 1000
    }
    printed = (printed + chunk).slice(-2_000)
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  scope.onClose(async () => {
    // The devnet itself, not npm: it then stops its children in order.
    const lock = join(directory, 'lock')
    if (existsSync(lock)) process.kill(Number(readFileSync(lock, 'utf8')), 'SIGTERM')
    else child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  })
  const rpc = client(`http://127.0.0.1:${l2Port}`)
  await scope.until(
    async () => {
      if (child.exitCode !== null) throw new Error(`npm start ended with code ${child.exitCode}: ${printed}`)
      return Number(await rpc.call('eth_blockNumber').catch(() => 0)) > 0
    },
    'the first L2 block',
    20,
  )
  const block = (performance.now() - began) / 1000
  await scope.until(() => marks.Running, 'the end of the start')
  return { block, marks }
}

export async function startTime({ scope, newScope, options }) {
  const runs = Number(options.runs ?? 3)
  const rows = []
  for (let run = 0; run < runs && Date.now() < scope.deadline; run++) {
    const own = newScope(Math.min(180_000, scope.deadline - Date.now()))
    try {
      const { block, marks } = await oneStart(own, options.direct)
      rows.push({
        'L1 starts at, s': round(marks['Starting L1'], 1),
        'contracts at, s': round(marks['Deploying the contracts'], 1),
        'sequencer at, s': round(marks['Starting the sequencer'], 1),
        'first L2 block, s': round(block, 1),
        'everything runs, s': round(marks.Running, 1),
      })
    } finally {
      await own.close()
    }
  }
  console.log(
    `From ${options.direct ? 'the start of the devnet program' : 'npm start'} on an empty folder to the first L2 block. Aim: 4 s from the start of the program.`,
  )
  console.table(rows)
  console.log(`median of the first block: ${round(median(rows.map((row) => row['first L2 block, s'])), 1)} s`)
}

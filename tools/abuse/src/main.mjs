// npm run abuse -- [names] [--flags]: each attack on a sequencer of its own or a shared one, what an honest client saw meanwhile, and whether the bounds held.
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { devnet, devnetChainId, users } from '@animechain/devnet'
import { attacks } from './attacks.mjs'
import { sleep } from './connect.mjs'
import { burst, honestClient } from './honest.mjs'

/** What must hold. MB of resident memory, ms, per cent. */
const BOUNDS = { blocks: 95, p99: 250, peak: 700, back: 150 }
/** Seconds after which memory must be back near where it was. */
const RECOVERY_S = 40
const BURST = 300

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '20' },
    small: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function help() {
  console.log(`npm run abuse -- [attacks] [--seconds 20] [--small] [--json]

Runs attacks on the JSON-RPC of a sequencer, by default all of them, and prints what an honest client sees meanwhile. Exit code 1 when a bound does not
hold: ${BOUNDS.blocks}% of the blocks in time, p99 under ${BOUNDS.p99} ms, resident memory under ${BOUNDS.peak} MB and within ${BOUNDS.back} MB of before after ${RECOVERY_S} s.
--small: a few attacks of a few seconds; bounds on memory and answers alone, none on time.
`)
  for (const [name, { point, help: text }] of Object.entries(attacks))
    console.log(`  ${name.padEnd(22)} ${point.padEnd(5)} ${text}`)
}

/** Resident memory of a process, MB; undefined when it is gone or the system does not say. */
function memory(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  } catch {
    return undefined
  }
}

function watchMemory(pid) {
  const watched = { before: memory(pid) ?? 0, peak: 0 }
  const timer = setInterval(() => (watched.peak = Math.max(watched.peak, memory(pid) ?? 0)), 200)
  watched.stop = () => clearInterval(timer)
  return watched
}

const percentile = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(part * (list.length - 1))] ?? 0

/** Of the blocks that the time has room for, those that came within half a block time of when they were due. Per cent. */
function inTime(arrivals, from, to) {
  const times = arrivals.filter((time) => time >= from && time <= to)
  let count = 0
  let last = from
  for (const time of times) {
    if (time - last <= 1_500) count++
    last = time
  }
  return Math.min(100, (100 * count) / Math.max(1, Math.floor((to - from) / 1_000) - 1))
}

async function runAttack(name, target) {
  const child = fork(fileURLToPath(new URL('attacker.mjs', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const answer = new Promise((resolve) => child.once('message', resolve))
  child.send({ attack: name, target })
  // An attack that does not end by itself is ended.
  const limit = setTimeout(() => child.kill('SIGKILL'), target.until - Date.now() + 15_000)
  const result = await Promise.race([
    answer,
    ended.then(() => ({ done: { ended: 'before it told what it did' } })),
  ])
  clearTimeout(limit)
  child.kill('SIGKILL')
  await ended
  return result.done
}

/** Memory has time to come back; requests make garbage collection happen as ordinary use would. */
async function recovered(pid, before, seconds) {
  const end = Date.now() + 1_000 * seconds
  for (;;) {
    const now = memory(pid)
    if (now === undefined || now <= before + BOUNDS.back || Date.now() > end) return now ?? 0
    await sleep(500)
  }
}

async function measure(name, net, seconds, small) {
  const attack = attacks[name]
  const port = Number(new URL(net.l2Url).port)
  const { pid } = net.programs.sequencer
  const honest = honestClient({
    port,
    chainId: devnetChainId,
    user: users[0],
    ...(small && { patienceMs: 60_000 }),
  })
  await sleep(2_000)
  const watched = watchMemory(pid)
  const from = Date.now()
  honest.seen.latencies.length = 0
  const until = from + 1_000 * (small ? seconds : Math.max(seconds, attack.seconds ?? 0))
  const did = await runAttack(name, { port, until, chainId: devnetChainId, users })
  const to = Date.now()
  const seen = await honest.stop()
  // Its payments have ended: the burst goes on with its nonces.
  const taken = attack.burst
    ? await burst({ port, chainId: devnetChainId, user: users[0], count: BURST }).catch(() => 0)
    : undefined
  watched.stop()
  const after = await recovered(pid, watched.before, small ? 10 : RECOVERY_S)
  return judge(
    { name, attack, did, taken, seen, from, to, watched, after, alive: net.programs.sequencer.running() },
    small,
  )
}

function judge({ name, attack, did, taken, seen, from, to, watched, after, alive }, small) {
  const blocks = inTime(seen.blocks, from, to)
  const p99 = percentile(seen.latencies, 0.99)
  const faults = []
  if (!alive) faults.push('the sequencer ended')
  if (seen.latencies.length === 0) faults.push('locked out')
  if (seen.failures.length > seen.latencies.length / 100)
    faults.push(`${seen.failures.length} requests failed`)
  if (seen.paymentFailures.length > 0) faults.push(`${seen.paymentFailures.length} payments failed`)
  if (seen.filterLost > 0) faults.push('its filter was taken')
  if (taken !== undefined && taken < BURST) faults.push(`${taken} of ${BURST} payments taken`)
  if (watched.peak >= BOUNDS.peak) faults.push('memory')
  if (!small) {
    if (after > watched.before + BOUNDS.back) faults.push('memory stays')
    if (blocks < BOUNDS.blocks) faults.push('blocks late')
    if (p99 >= BOUNDS.p99) faults.push('p99')
  }
  return {
    row: {
      attack: name,
      point: attack.point,
      'blocks in time, %': Math.round(blocks),
      'p99, ms': Math.round(p99),
      'RSS before, MB': Math.round(watched.before),
      'peak, MB': Math.round(watched.peak),
      'after, MB': Math.round(after),
      'load average': Number(loadavg()[0].toFixed(1)),
      verdict: faults.length === 0 ? 'holds' : faults.join(', '),
    },
    did,
    failures: [...new Set([...seen.failures, ...seen.paymentFailures])].slice(0, 5),
    socketLost: seen.socketLost,
    ok: faults.length === 0,
  }
}

async function startNet() {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-abuse-'))
  const net = await devnet({
    directory,
    l1Port: 0,
    l2Port: 0,
    metricsPort: 0,
    verifier: false,
    bridge: false,
  })
  return {
    net,
    async stop() {
      await net.stop()
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function main() {
  if (flags.help) return help()
  const unknown = positionals.filter((name) => !Object.hasOwn(attacks, name))
  if (unknown.length > 0)
    throw new Error(`no attack ${unknown.join(', ')}: expected ${Object.keys(attacks).join(', ')}`)
  const names =
    positionals.length > 0
      ? positionals
      : Object.keys(attacks).filter((name) => !flags.small || attacks[name].small)
  const rows = []
  let failed = false
  let running
  const stop = () => running?.stop().finally(() => process.exit(130))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    for (const name of names) {
      running ??= await startNet()
      const result = await measure(name, running.net, Number(flags.seconds), flags.small)
      rows.push(result.row)
      failed ||= !result.ok
      console.log(
        JSON.stringify(
          flags.json
            ? result
            : { ...result.row, did: result.did, failures: result.failures, socketLost: result.socketLost },
        ),
      )
      // What an attack leaves behind for good must not count against the next; a node that ended is no use to it.
      if (attacks[name].lasting || !running.net.programs.sequencer.running()) {
        await running.stop()
        running = undefined
      }
    }
  } finally {
    await running?.stop()
  }
  console.table(rows)
  console.log(failed ? 'A bound did not hold.' : 'All bounds held.')
  process.exitCode = failed ? 1 : 0
}

await main()

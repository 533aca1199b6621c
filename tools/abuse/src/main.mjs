// npm run abuse -- [names] [--flags]: each attack on a sequencer of its own or a shared one, what an honest client saw meanwhile, and whether the bounds held.
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { devnetChainId, temporaryDevnet, users } from '@animechain/devnet'
import { attacks } from './attacks.mjs'
import { sleep } from './connect.mjs'
import { shortfall } from './claims.mjs'

/** What must hold. MB of resident memory, ms, per cent. */
const BOUNDS = { blocks: 95, p99: 250, peak: 700, back: 150, warm: 400 }
/** Seconds after which memory must be back near where it was. */
const RECOVERY_S = 40
const BURST = 300
/** Part of what an attack claims that it does in CI. */
const SMALL = 0.1
/** Milliseconds that an attack may take longer than asked for, to do what it claims on a busy machine. */
const LATE_MS = 60_000
/** Milliseconds that transactions may take to be signed, and a program to start. */
const PREPARE_MS = 300_000
const START_MS = 60_000

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
hold: ${BOUNDS.blocks}% of the blocks in time, p99 under ${BOUNDS.p99} ms, resident memory under ${BOUNDS.peak} MB and after ${RECOVERY_S} s within ${BOUNDS.back} MB of before, or under ${BOUNDS.warm} MB.
An attack that did less than it claims fails, too. 'idle p99' is that of a server that does nothing: what of the p99 is the machine's own.
--small: a few attacks of a few seconds and a tenth of the size; bounds on memory and answers alone, none on time.
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

/** A program of this tool, spoken to over IPC. What it says is an object with one name; `heard` waits for one. */
function start(file) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const said = {}
  let look = () => {}
  child.on('message', (message) => look(Object.assign(said, message)))
  child.on('error', () => {})
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return {
    say: (message) => child.connected && child.send(message),
    /** What it said under this name; undefined when it ended, or when `ms` are over. */
    async heard(name, ms) {
      let timer
      const message = new Promise((resolve) => {
        look = () => name in said && resolve(said[name])
        look()
        timer = setTimeout(resolve, ms)
      })
      const value = await Promise.race([message, ended.then(() => said[name])])
      clearTimeout(timer)
      return value
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
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
  const scale = small ? SMALL : 1
  const attacker = start('attacker.mjs')
  const prober = start('prober.mjs')
  try {
    attacker.say({ attack: name, target: { port, chainId: devnetChainId, users, scale } })
    const ready = await attacker.heard('ready', PREPARE_MS)
    prober.say({
      options: { port, chainId: devnetChainId, user: users[0], ...(small && { patienceMs: 60_000 }) },
    })
    if (!(await prober.heard('started', START_MS))) throw new Error('the honest client did not start')
    await sleep(2_000)
    const watched = watchMemory(pid)
    const from = Date.now()
    prober.say({ begin: true })
    const until = from + 1_000 * (small ? seconds : Math.max(seconds, attack.seconds ?? 0))
    const latest = until + LATE_MS
    if (ready) attacker.say({ until, latest })
    // An attack that does not end by itself is ended.
    const did = (ready && (await attacker.heard('done', latest - from + 15_000))) ?? {
      failed: ready ? 'ended before it told what it did' : 'was not made ready',
    }
    const to = Date.now()
    prober.say({ stop: true })
    const seen = await prober.heard('seen', START_MS + 60_000)
    if (!seen) throw new Error('the honest client ended before it told what it saw')
    // Its payments have ended: the burst goes on with its nonces.
    if (attack.burst) prober.say({ payments: BURST })
    const taken = attack.burst ? ((await prober.heard('taken', START_MS)) ?? 0) : undefined
    watched.stop()
    const after = await recovered(pid, watched.before, small ? 10 : RECOVERY_S)
    const alive = net.programs.sequencer.running()
    return judge({ name, attack, did, taken, seen, from, to, watched, after, alive, scale }, small)
  } finally {
    await Promise.all([attacker.stop(), prober.stop()])
  }
}

function judge({ name, attack, did, taken, seen, from, to, watched, after, alive, scale }, small) {
  const blocks = inTime(seen.blocks, from, to)
  const p99 = percentile(seen.latencies, 0.99)
  const faults = []
  const missing = shortfall(attack.least, did, scale)
  if (missing !== undefined) faults.push(`attack did nothing: ${missing}`)
  if (!alive) faults.push('the sequencer ended')
  if (seen.latencies.length === 0) faults.push('locked out')
  if (seen.failures.length > seen.latencies.length / 100)
    faults.push(`${seen.failures.length} requests failed`)
  if (seen.paymentFailures.length > 0) faults.push(`${seen.paymentFailures.length} payments failed`)
  if (seen.filterLost > 0) faults.push('its filter was taken')
  if (taken !== undefined && taken < BURST) faults.push(`${taken} of ${BURST} payments taken`)
  if (watched.peak >= BOUNDS.peak) faults.push('memory')
  if (!small) {
    // What lies in the pool stays there, within the pool's own bound.
    // A node that was just started has less than one in use: V8 does not collect what an idle process has done with.
    if (after > Math.max(watched.before + BOUNDS.back, BOUNDS.warm) + (did.acceptedMB ?? 0))
      faults.push('memory stays')
    if (blocks < BOUNDS.blocks) faults.push('blocks late')
    if (p99 >= BOUNDS.p99) faults.push('p99')
  }
  return {
    row: {
      attack: name,
      point: attack.point,
      'blocks in time, %': Math.round(blocks),
      'p99, ms': Math.round(p99),
      'idle p99, ms': Math.round(percentile(seen.machine, 0.99)),
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
  const net = await temporaryDevnet({ verifier: false, bridge: false })
  return { net, stop: () => net.dispose() }
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

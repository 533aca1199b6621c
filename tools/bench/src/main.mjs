// npm run bench -- [names] [--flags]: benchmarks, printed as tables. Nothing here asserts a time: machines differ, ratios of one run count.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { scope } from './scope.mjs'

/** `limit`: seconds after which it is stopped. Modules are loaded when needed, so that one works when others cannot. */
const benchmarks = {
  throughput: {
    help: 'transfers per second through JSON-RPC, beside anvil and Hardhat (which is installed into a cache)',
    limit: 420,
    run: async (context) => (await import('./throughput.mjs')).throughput(context),
  },
  bytes: {
    help: 'L1 bytes per transaction, beside RLP with zlib and brotli',
    limit: 180,
    run: ({ scope, options }) => script(scope, 'bytesPerTransaction.mjs', options),
  },
  da: {
    help: 'the same batches in every place of data availability: bytes, gas of L1, time, trust, exposure',
    limit: 300,
    run: async (context) => (await import('./da.mjs')).daCost(context),
  },
  start: {
    help: 'from npm start to the first L2 block',
    limit: 240,
    run: async (context) => (await import('./start.mjs')).startTime(context),
  },
  memory: {
    help: 'memory of every process of the devnet after 10,000 transfers',
    limit: 240,
    run: async (context) => (await import('./whole.mjs')).memoryUse(context),
  },
  scaling: {
    help: 'work for 1,000 and for 10,000 transfers, of sequencer and verifier',
    limit: 300,
    run: async (context) => (await import('./whole.mjs')).scaling(context),
  },
  'worst-case': {
    help: 'gas per second of the execution engines on the code that is slowest for its gas',
    limit: 300,
    run: async (context) => (await import('./worstCase.mjs')).worstCase(context),
  },
  compute: {
    help: 'gas per second of loops, hashes and a ray tracer: our engines, @ethereumjs/evm, anvil',
    limit: 300,
    run: async (context) => (await import('./engines.mjs')).computeSpeed(context),
  },
  blocks: {
    help: 'blocks of transfers and swaps through to the state root: our engines, @ethereumjs/vm, anvil',
    limit: 300,
    run: async (context) => (await import('./engines.mjs')).blockSpeed(context),
  },
  replay: {
    help: 'the proof program over a block: V8, the replayer, and with commitments to its states',
    limit: 180,
    run: async (context) => (await import('./replay.mjs')).replaySpeed(context),
  },
  dispute: {
    help: 'whole disputes over full blocks on a real L1: moves, gas, time of the honest side',
    limit: 3_600,
    run: async (context) => (await import('./dispute.mjs')).disputeCost(context),
  },
  vault: {
    help: 'the private store: sealing beside OpenSSL, memory of long streams, ranges from five nodes',
    limit: 900,
    run: async (context) => (await import('./vault.mjs')).vaultSpeed(context),
  },
  senders: {
    help: 'blocks from raw transactions, senders recovered in threads and without',
    limit: 120,
    run: async (context) => (await import('./engines.mjs')).senderSpeed(context),
  },
}

const flags = {
  help: { type: 'boolean', short: 'h', help: 'this text' },
  transactions: {
    type: 'string',
    help: 'number of transactions (throughput, bytes, da, memory, scaling, blocks, replay, dispute, senders)',
  },
  execution: {
    type: 'string',
    help: 'engine of the devnet (memory, scaling; throughput: only this one): wasm, ethereumjs',
  },
  da: {
    type: 'string',
    help: 'data availability of the devnet (throughput, memory, scaling): blob, calldata',
  },
  runs: {
    type: 'string',
    help: 'number of starts (start; default 3) or turns (compute; default 4, replay; default 3)',
  },
  direct: {
    type: 'boolean',
    help: 'start the devnet program without npm and the check of the build (start)',
  },
  seconds: {
    type: 'string',
    help: 'time for each piece of code (worst-case: default 1, compute: 0.25), of idling (scaling: 8), of each turn (vault: 1)',
  },
  gas: { type: 'string', help: 'gas of a call (compute); default and most 80,000,000' },
  gib: { type: 'string', help: 'GiB of the streams (vault); default 4' },
  peers: { type: 'string', help: 'nodes beside ours (throughput), by comma; default anvil,hardhat' },
  csv: { type: 'string', help: 'file that all columns are written to (da)' },
  only: {
    type: 'string',
    help: 'engine to measure (worst-case); default both. Disputes by comma (dispute): transfers, blob, worst, liars; default all. Places by comma (da); default all',
  },
}

function usage() {
  const line = (name, help) => `  ${name.padEnd(18)} ${help}`
  return [
    'npm run bench -- [benchmarks] [flags]     without a name: all of them, one after another',
    '',
    ...Object.entries(benchmarks).map(([name, { help, limit }]) =>
      line(name, `${help}; at most ${limit / 60} min`),
    ),
    '',
    ...Object.entries(flags).map(([name, { help }]) => line(`--${name}`, help)),
  ].join('\n')
}

function script(own, name, { transactions }) {
  const args = [fileURLToPath(new URL(name, import.meta.url))]
  if (transactions) args.push('--transactions', transactions)
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    timeout: Math.max(1, own.deadline - Date.now()),
  })
  own.onClose(() => child.kill())
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${name} ended with code ${code}`)),
    )
  })
}

function whereAndWhen() {
  const version = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
  const [{ model } = { model: 'unknown processor' }] = cpus()
  return `${new Date().toISOString()}, animechain ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} x ${model.trim()}, load average ${loadavg()[0].toFixed(1)}`
}

const open = new Set()
const newScope = (limitMs) => {
  const own = scope(limitMs)
  open.add(own)
  return own
}
const closeAll = () => Promise.all([...open].map((own) => own.close()))

async function main() {
  let parsed
  try {
    const options = Object.fromEntries(
      Object.entries(flags).map(([name, { help: _, ...option }]) => [name, option]),
    )
    parsed = parseArgs({ options, allowPositionals: true })
  } catch (error) {
    console.error(`${error.message}\n\n${usage()}`)
    return 2
  }
  if (parsed.values.help) {
    console.log(usage())
    return 0
  }
  const names = parsed.positionals.length > 0 ? parsed.positionals : Object.keys(benchmarks)
  const unknown = names.filter((name) => !(name in benchmarks))
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}.\n\n${usage()}`)
    return 2
  }
  const { da } = parsed.values
  if (da !== undefined && da !== 'blob' && da !== 'calldata') {
    console.error(`--da: expected blob or calldata, got ${da}.`)
    return 2
  }
  let failed = 0
  for (const name of names) {
    const { limit, run } = benchmarks[name]
    const own = newScope(1000 * limit)
    console.log(`\n${name}\n${whereAndWhen()}\n`)
    let timer
    // Benchmarks watch their deadline themselves; this is for one that hangs.
    const over = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`stopped after ${limit} s`)), 1000 * limit + 15_000)
    })
    try {
      await Promise.race([run({ scope: own, newScope, options: parsed.values }), over])
    } catch (error) {
      failed++
      console.error(`${name} failed: ${error.message}`)
    } finally {
      clearTimeout(timer)
      await closeAll()
      open.clear()
    }
  }
  return failed === 0 ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void closeAll().finally(() => process.exit(130)))
process.exit(await main())

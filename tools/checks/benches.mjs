// Runs every benchmark and every long command once, with little to do: they must work on a clean clone, whatever they measure.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Most of them wait for blocks, so several share the processors. */
const AT_ONCE = 3
const LIMIT_MS = 300_000

const bench = 'tools/bench/src/main.mjs'
const fuzz = 'tools/fuzz/dist/index.js'
const game = 'tools/game/dist/index.js'
const zoo = 'tools/zoo/dist/index.js'
const vault = 'tools/vault/src/cli.mjs'

/** The longest first. Hardhat is left out: it would be installed from the registry. */
const commands = [
  [bench, 'scaling', '--transactions', '20', '--seconds', '0.5'],
  [bench, 'compute', '--runs', '1', '--seconds', '0.001', '--gas', '1000000'],
  [bench, 'throughput', '--transactions', '100', '--peers', 'anvil'],
  [bench, 'memory', '--transactions', '100'],
  [bench, 'start', '--runs', '1', '--direct'],
  [bench, 'blocks', '--transactions', '100'],
  [fuzz, 'mutants', '--only', '^authority refund$'],
  [fuzz, 'soak', '--blocks', '2000'],
  [fuzz, 'hostile', '--inputs', '200'],
  [fuzz, 'machine', '--programs', '100'],
  [fuzz, 'fuzz', '--transactions', '50'],
  [fuzz, 'steps', '--edges', '200', '--real', '200'],
  [fuzz, 'steps', '--blocks', '50'],
  [fuzz, 'stepGas'],
  [game, 'explore', '--heights', '1,0,0', '--states', '300'],
  [game, 'play', '--matches', '2', '--most', '3'],
  [game, 'planted', '--seeds', '8'],
  [game, 'figures', '--claims', '1'],
  [game, 'trace'],
  [game, 'contracts', '--seed', '42', '--matches', '1'],
  [zoo, '--only', 'wrong-root'],
  [vault, 'kills', '--kills', '3'],
  [vault, 'members', '--assets', '5'],
  [bench, 'worst-case', '--seconds', '0.01', '--only', 'wasm'],
  [bench, 'replay', '--transactions', '20', '--runs', '1', '--seconds', '0.01'],
  [bench, 'dispute', '--transactions', '20', '--seconds', '0.01'],
  [bench, 'vault', '--gib', '0.03', '--seconds', '0.1'],
  [bench, 'senders', '--transactions', '200'],
  [bench, 'da', '--transactions', '30'],
  [bench, 'bytes', '--transactions', '200'],
]

function run(args) {
  return new Promise((resolve) => {
    const flags = args[1] === 'soak' ? ['--expose-gc'] : []
    const child = spawn(process.execPath, [...flags, ...args], { cwd: root, timeout: LIMIT_MS })
    let output = ''
    const keep = (chunk) => (output = (output + chunk).slice(-20_000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => resolve({ code: -1, output: String(error) }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }))
  })
}

const only = process.argv[2]
const queue = commands.filter(([, name]) => !only || name === only)
if (queue.length === 0) {
  console.error(`There is no command ${only}.`)
  process.exit(2)
}
let failed = 0
async function work() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const began = Date.now()
    const { code, output } = await run(next)
    // A node that could not be measured is a line of the table, not an exit code.
    const unmeasured = /was not measured: .*/.exec(output)?.[0]
    const seconds = ((Date.now() - began) / 1_000).toFixed(1)
    if (code === 0 && !unmeasured) console.log(`ok   ${next[1]} (${seconds} s)`)
    else {
      failed++
      console.error(`FAIL ${next.join(' ')} (exit ${code}, ${seconds} s)\n${output}`)
    }
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work))
console.log(`benchmarks and long commands: ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

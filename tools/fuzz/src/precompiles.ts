import { bigIntToBytes, bytesToBigInt, bytesToHex, concatBytes, hexToBytes, type Hex } from '@animechain/core'
import { precompile } from '@animechain/execution-wasm'
import { anvil } from '@animechain/testing'
import { grouped, positive, readFlags, UsageError, type Output } from './arguments.js'
import { precompileCases, type PrecompileCases } from './precompileCases.js'
import { randomFrom } from './random.js'

export const PRECOMPILES_HELP = `Runs generated input through the precompiles of the wasm engine and through those of a real L1 (anvil at Osaka), and compares success and output.
A proof runs these precompiles on L1: where the two differ, a right claim cannot be proven.

  npm run fuzz -- precompiles [--inputs <n>] [--minutes <n>] [--seed <n>] [--only <numbers>]

  --inputs   for each precompile (default 1,000)
  --minutes  ends each precompile after so long, at the latest
  --seed     (default 1) decides all input
  --only     numbers of precompiles, e.g. 1,6,256; default all: 1, 6, 7, 8, 10 to 17, 256

A line for each precompile has its inputs, how many of them succeeded with output, and the differences.
Exit code: 0 when there is no difference, 1 when there is one.
`

/** What a precompile gives: its output, empty where it has none; undefined when it fails. */
export type PrecompileResult = Uint8Array | undefined

interface Call {
  number: number
  input: Uint8Array
  gas: number
}

/** Runs calls of precompiles on L1, in order. */
export type PrecompileRunner = (calls: readonly Call[]) => Promise<readonly PrecompileResult[]>

// A contract that calls precompiles in a loop. Its calls stand behind its code, each as [length, address, gas] in words and then the input. It
// returns [success, size of the output] in words and 256 bytes of output for each. Code has no price of its own, as calldata would.

const RESULT_BYTES = 320
/** Where the words and the input of a call are in memory, behind all results. */
const SCRATCH = 0x08_0000
const MAX_CALLS = 1_500
/** Gas and bytes of the calls that are made at once. anvil keeps EIP-7825's cap. */
const MAX_GAS = 13_000_000
const MAX_BYTES = 1_000_000

const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0')
const push3 = (value: number) => `62${hex(value, 3)}`
const BODY = [
  '5b', // [position, result]
  `606082${push3(SCRATCH)}39${push3(SCRATCH)}51`, // the words; [position, result, length]
  `8083606001${push3(SCRATCH + 96)}39`, // the input behind them
  `61010082604001`, // 256 bytes of output to result + 64
  `82${push3(SCRATCH + 96)}`, // of the input
  `${push3(SCRATCH + 32)}51${push3(SCRATCH + 64)}51fa`, // STATICCALL; [position, result, length, success]
  '82523d8260200152', // success and RETURNDATASIZE to result
  '6060018201915061014001', // [position + 96 + length, result + 320]
  '600456',
].join('')
// While position < CODESIZE on with the body, else return everything up to result.
const LOOP = `5b388210600d575ff3${BODY}`
const CODE: Hex = `0x61${hex(4 + LOOP.length / 2, 2)}5f${LOOP}`

/** Runs calls through `request`, a node's JSON-RPC with state overrides. */
export function runnerOn(
  request: (method: string, params: readonly unknown[]) => Promise<string>,
): PrecompileRunner {
  const to = '0x00000000000000000000000000000000000fade0'
  return async (calls) => {
    const code = concatBytes(
      hexToBytes(CODE),
      ...calls.flatMap(({ number, input, gas }) => [
        ...[input.length, number, gas].map((value) => bigIntToBytes(BigInt(value), 32)),
        input,
      ]),
    )
    const answer = hexToBytes(
      (await request('eth_call', [
        { to, gas: '0xffffff' },
        'latest',
        { [to]: { code: bytesToHex(code) } },
      ])) as Hex,
    )
    if (answer.length !== RESULT_BYTES * calls.length)
      throw new Error(
        `Expected ${calls.length} results of ${RESULT_BYTES} bytes, got ${answer.length} bytes.`,
      )
    return calls.map((_, i) => {
      const at = i * RESULT_BYTES
      const [success, size] = [at, at + 32].map((from) => bytesToBigInt(answer.subarray(from, from + 32)))
      return success === 0n ? undefined : answer.slice(at + 64, at + 64 + Number(size))
    })
  }
}

/** Cuts an endless list of calls into what one call of the contract does. */
function* batches(calls: Iterable<Call>): Iterable<Call[]> {
  let batch: Call[] = []
  let gas = 0
  let bytes = 0
  for (const call of calls) {
    if (
      batch.length > 0 &&
      (batch.length === MAX_CALLS || gas + call.gas > MAX_GAS || bytes + call.input.length > MAX_BYTES)
    ) {
      yield batch
      batch = []
      gas = bytes = 0
    }
    batch.push(call)
    gas += call.gas
    bytes += call.input.length + 96
  }
  if (batch.length > 0) yield batch
}

export interface PrecompileCounts {
  inputs: number
  /** of them with output: what the precompile accepts */
  accepted: number
  differences: { input: Hex; l1: string; ours: string }[]
}

const show = (result: PrecompileResult) => (result === undefined ? 'fails' : bytesToHex(result))

/**
 * Compares one precompile on L1 with `ours` until `enough` says so.
 * @throws when L1 cannot run the calls
 */
export async function comparePrecompile(
  cases: PrecompileCases,
  {
    run,
    ours = precompile,
    seed,
    inputs,
    enough = () => false,
    largest = true,
  }: {
    run: PrecompileRunner
    ours?: (number: number, input: Uint8Array) => PrecompileResult
    seed: number
    inputs: number
    enough?: () => boolean
    /** whether the largest input is tried, which takes seconds */
    largest?: boolean
  },
): Promise<PrecompileCounts> {
  const random = randomFrom(seed * 1_000 + cases.number)
  const { number } = cases
  function* calls(): Iterable<Call> {
    for (let i = 0; i < inputs && !enough(); i++) {
      const input = i === 0 && largest && cases.largest ? cases.largest(random) : cases.make(random)
      yield { number, input, gas: Math.ceil(cases.gas(input.length)) }
    }
  }
  const counts: PrecompileCounts = { inputs: 0, accepted: 0, differences: [] }
  for (const batch of batches(calls())) {
    for (const [i, l1] of (await run(batch)).entries()) {
      counts.inputs++
      if (l1 !== undefined && l1.length > 0) counts.accepted++
      const own = show(ours(number, batch[i]!.input))
      if (show(l1) !== own)
        counts.differences.push({ input: bytesToHex(batch[i]!.input), l1: show(l1), ours: own })
    }
  }
  return counts
}

/** Differences that are printed of one precompile. */
const SHOWN = 5

export async function fuzzPrecompiles(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--inputs', '--minutes', '--seed', '--only'])
  const inputs = positive(flags, '--inputs') ?? 1_000
  const minutes = positive(flags, '--minutes')
  const seed = positive(flags, '--seed') ?? 1
  const only = flags.get('--only')?.split(',').map(Number)
  const all = precompileCases()
  const unknown = only?.find((number) => all.every((cases) => cases.number !== number))
  if (unknown !== undefined)
    throw new UsageError(
      `--only: expected some of ${all.map(({ number }) => number).join(', ')}, got ${unknown}.`,
    )
  const l1 = await anvil({ blockTime: 60 })
  let total = 0
  let differences = 0
  try {
    for (const cases of all) {
      if (only && !only.includes(cases.number)) continue
      const started = performance.now()
      const seconds = () => (performance.now() - started) / 1000
      const counts = await comparePrecompile(cases, {
        run: runnerOn((method, params) => l1.request<string>(method, params)),
        seed,
        inputs,
        enough: () => minutes !== undefined && seconds() > minutes * 60,
      })
      total += counts.inputs
      differences += counts.differences.length
      for (const { input, l1: theirs, ours } of counts.differences.slice(0, SHOWN))
        output.error(
          `DIFFERENCE in ${cases.number} ${cases.name}\n  L1   ${theirs}\n  ours ${ours}\n  of   ${input}`,
        )
      output.line(
        `${String(cases.number).padStart(3)} ${cases.name.padEnd(20)} ${grouped(counts.inputs).padStart(9)} inputs, ` +
          `${grouped(counts.accepted).padStart(9)} with output, ${counts.differences.length} differences, ${seconds().toFixed(0)} s`,
      )
    }
  } finally {
    await l1.stop()
  }
  output.line(`${grouped(total)} inputs, seed ${seed}, ${differences} differences`)
  return differences === 0 ? 0 : 1
}

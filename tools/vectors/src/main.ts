import { stat } from 'node:fs/promises'
import { HELP, parseArguments, type Arguments } from './arguments.js'
import { loadEngine, type EngineUnderTest } from './engines.js'
import { fixtureFiles } from './fixtures.js'
import { newReport, type Output, type Report } from './report.js'
import { isAskedFor, parsed, rank, sampleLimit } from './sample.js'
import { vaultSuite } from './vaultSuites.js'
import { wasmSpec } from './wasmSuite.js'

/** Why a case is not run; undefined: it is. */
function whySkipped(
  id: string,
  args: Arguments,
  engine: EngineUnderTest,
  limit: string | undefined,
): string | undefined {
  if (!isAskedFor(args, id)) return 'not asked for by --only'
  if (engine.leftOut?.pattern.test(id)) return engine.leftOut.why
  if (args.part !== undefined && Number(BigInt(rank(id)) % BigInt(args.part.of)) !== args.part.index - 1)
    return 'in another part'
  if (limit !== undefined && rank(id) > limit) return 'not in the sample'
  return undefined
}

/** Runs what is asked for of all files, one case after the other. */
async function runAll(
  args: Arguments,
  engine: EngineUnderTest,
  report: Report,
  output: Output,
): Promise<void> {
  const limit = await sampleLimit(args, engine)
  for await (const file of fixtureFiles(args.fixtures)) {
    const tests = parsed(file, engine)
    if (tests === undefined) continue
    const counts = report.of(file.path)
    for (const [why, count] of Object.entries(tests.skipped)) counts.skipped(why, count)
    for (const { id, run } of tests.cases) {
      const why = whySkipped(id, args, engine, limit)
      if (why !== undefined) {
        counts.skipped(why)
        continue
      }
      const from = performance.now()
      try {
        await run()
        counts.passed()
        if (args.verbose) output.line(`ok ${id} ${Math.round(performance.now() - from)} ms`)
      } catch (error) {
        counts.failed()
        const text = error instanceof Error ? error.message.split('\n')[0] : String(error)
        if (report.total.failed <= args.failures) output.error(`FAILED ${id}\n  ${text}`)
      }
    }
  }
}

/** Runs everything; the process's exit code. */
export async function main(argv: readonly string[], output: Output): Promise<number> {
  const args = parseArguments(argv)
  if (typeof args === 'string') {
    if (args !== '') output.error(`${args}\n`)
    output.line(HELP)
    return args === '' ? 0 : 2
  }
  try {
    await stat(args.fixtures)
  } catch (error) {
    output.error(`--fixtures: ${error instanceof Error ? error.message : String(error)}.`)
    output.line('0 passed, 0 failed, 0 skipped')
    return 2
  }
  if (args.suite === 'wasm-spec') return wasmSpec(args, output)
  if (args.suite !== 'ethereum') return vaultSuite(args, output)
  const engine = await loadEngine(args.engine, args)
  const report = newReport()
  const started = performance.now()
  await runAll(args, engine, report, output)
  report.write(output)
  if (engine.proof)
    output.line(
      `${engine.proof.blocks} blocks came to the same output root in the proof build, ${engine.proof.refused} were refused by both builds`,
    )
  if (engine.proof && args.replay) {
    const { replayed, steps, aboveMachine } = engine.proof
    output.line(
      `${replayed} of them were replayed on the proving machine to the same output, in ${steps} steps; ` +
        `${aboveMachine} have transactions of more than 800,000,000 gas, for whose memories it has no room, and trapped`,
    )
  }
  output.line(`engine ${engine.name}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  const { passed, failed, skipped } = report.total
  if (failed + passed === 0)
    output.error(
      skipped === 0
        ? `Nothing was run: expected test vectors below ${args.fixtures}.`
        : 'Nothing was run: every case was skipped.',
    )
  output.line(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  if (failed > 0) return 1
  return passed > 0 ? 0 : 2
}

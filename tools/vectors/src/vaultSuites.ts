import { loadKzg, type ProvingKzg } from '@animechain/da-blob'
import { nodeCrypto, webCrypto } from '@animechain/vault-format'
import type { Arguments } from './arguments.js'
import { isReedSolomon, reedSolomonCases } from './codecVectors.js'
import { rawFiles, type RawFile } from './fixtures.js'
import { hpkeCases, type HpkeVector } from './hpkeVectors.js'
import { kzgCases } from './kzgVectors.js'
import type { TestFile } from './outcome.js'
import { failing } from './parse.js'
import { newReport, type Output } from './report.js'
import { isAskedFor, rank } from './sample.js'
import { wycheproofCases, type Wycheproof } from './wycheproof.js'

type Parse = (file: RawFile) => TestFile | undefined
const text = (file: RawFile) => Buffer.from(file.bytes).toString('utf8')

const isWycheproof = (json: unknown): json is Wycheproof =>
  typeof json === 'object' && json !== null && 'testGroups' in json && 'algorithm' in json
const isHpke = (json: unknown): json is HpkeVector[] =>
  Array.isArray(json) && typeof json[0] === 'object' && json[0] !== null && 'kem_id' in json[0]

/** The native library where it is there, and JavaScript always. */
async function kzgs(output: Output): Promise<ProvingKzg[]> {
  const js = await loadKzg('js')
  try {
    return [await loadKzg('c-kzg'), js]
  } catch {
    output.line('c-kzg is not installed: KZG is run in JavaScript alone')
    return [js]
  }
}

async function cryptoParser(output: Output): Promise<Parse> {
  const backends = [nodeCrypto()!, webCrypto()]
  const implementations = await kzgs(output)
  return (file) => {
    if (file.path.endsWith('.yaml')) return kzgCases(`/${file.path}`, text(file), implementations)
    const json: unknown = JSON.parse(text(file))
    if (isWycheproof(json)) return wycheproofCases(file.path, json, backends)
    return isHpke(json) ? hpkeCases(file.path, json) : undefined
  }
}

const codecParser: Parse = (file) => {
  if (!file.path.endsWith('.json')) return undefined
  const json: unknown = JSON.parse(text(file))
  if (isReedSolomon(json)) return reedSolomonCases(file.path, json)
  return { cases: [], skipped: { 'no vectors of Reed-Solomon': 1 } }
}

async function filesOf(args: Arguments, parse: Parse) {
  const files: { path: string; tests: TestFile }[] = []
  for await (const file of rawFiles(args.fixtures, ['.json', '.json.gz', '.yaml'])) {
    try {
      if ('unreadable' in file) throw new Error(file.unreadable)
      const tests = parse(file)
      if (tests) files.push({ path: file.path, tests })
    } catch (error) {
      files.push({ path: file.path, tests: { cases: [failing(file.path, error)], skipped: {} } })
    }
  }
  return files
}

/** The vectors of cryptography, or of erasure codes, against the code of this project; the process's exit code. */
export async function vaultSuite(args: Arguments, output: Output): Promise<number> {
  const started = performance.now()
  const files = await filesOf(args, args.suite === 'crypto' ? await cryptoParser(output) : codecParser)
  const ranks = files
    .flatMap(({ tests }) => tests.cases)
    .filter(({ id }) => isAskedFor(args, id))
    .map(({ id }) => rank(id))
    .sort()
  const limit = args.sample === undefined ? undefined : ranks[Math.min(args.sample, ranks.length) - 1]
  const report = newReport()
  for (const { path, tests } of files) {
    const counts = report.of(path)
    for (const [why, count] of Object.entries(tests.skipped)) counts.skipped(why, count)
    for (const { id, run } of tests.cases) {
      if (!isAskedFor(args, id)) counts.skipped('not asked for by --only')
      else if (limit !== undefined && rank(id) > limit) counts.skipped('not in the sample')
      else
        await run().then(counts.passed, (error: unknown) => {
          counts.failed()
          const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
          if (report.total.failed <= args.failures) output.error(`FAILED ${id}\n  ${why}`)
        })
    }
  }
  report.write(output)
  const { passed, failed, skipped } = report.total
  output.line(`suite ${args.suite}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  if (passed + failed === 0) output.error(`Nothing was run: expected test vectors below ${args.fixtures}.`)
  output.line(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  if (failed > 0) return 1
  return passed > 0 ? 0 : 2
}

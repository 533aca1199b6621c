import type { Arguments } from './arguments.js'
import { rawFiles } from './fixtures.js'
import type { Output } from './report.js'
import { wasmRunners, type WasmRunner } from './wasmRunners.js'
import { newWasmCounts, WasmScriptRun, type WasmCounts, type WasmScript } from './wasmSpec.js'

/** Scripts and the modules beside them. */
export interface WasmFolder {
  scripts: Map<string, WasmScript>
  modules: Map<string, Uint8Array>
}

/**
 * Scripts of wast2json with their modules, by folder. The core tests are some 20 MB.
 * @param failed told of each file that cannot be read
 */
export async function readFolders(
  fixtures: string,
  failed: (text: string) => void,
): Promise<Map<string, WasmFolder>> {
  const folders = new Map<string, WasmFolder>()
  for await (const file of rawFiles(fixtures, ['.json', '.wasm'])) {
    if ('unreadable' in file) {
      failed(`${file.path}: ${file.unreadable}`)
      continue
    }
    const at = file.path.lastIndexOf('/')
    const [folder, name] = [file.path.slice(0, Math.max(at, 0)), file.path.slice(at + 1)]
    if (!folders.has(folder)) folders.set(folder, { scripts: new Map(), modules: new Map() })
    const { scripts, modules } = folders.get(folder)!
    if (name.endsWith('.wasm')) modules.set(name, Uint8Array.from(file.bytes))
    else {
      const script = scriptOf(Buffer.from(file.bytes).toString('utf8'))
      if (script) scripts.set(name.replace(/\.json$/, ''), script)
    }
  }
  return folders
}

function scriptOf(text: string): WasmScript | undefined {
  try {
    const content = JSON.parse(text)
    return typeof content?.source_filename === 'string' && Array.isArray(content.commands)
      ? content
      : undefined
  } catch {
    return undefined
  }
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0)

function add(total: WasmCounts, part: WasmCounts): void {
  total.modules += part.modules
  total.reduced += part.reduced
  total.passed += part.passed
  total.failures.push(...part.failures)
  for (const kind of ['refused', 'notApplicable'] as const)
    for (const [key, value] of part[kind]) total[kind].set(key, (total[kind].get(key) ?? 0) + value)
}

function runScript(runner: WasmRunner, script: WasmScript, folder: WasmFolder): WasmCounts {
  const counts = newWasmCounts()
  new WasmScriptRun(runner, folder.modules, counts).run(script)
  return counts
}

/** WebAssembly's core tests on a runner of the proving machine; the process's exit code. */
export async function wasmSpec(args: Arguments, output: Output): Promise<number> {
  const runner = wasmRunners[args.engine]!
  const total = newWasmCounts()
  const folders = await readFolders(args.fixtures, (text) => void total.failures.push(text))
  const row = (...[name, ...cells]: (string | number)[]) =>
    output.line(`${`${name}`.padEnd(24)}${cells.map((cell) => `${cell}`.padStart(15)).join('')}`)
  row('script', 'modules run', 'run in part', 'refused', 'passed', 'failed', 'not applicable')
  const started = performance.now()
  for (const folder of folders.values())
    for (const [name, script] of folder.scripts) {
      if (args.only && !name.includes(args.only.text) && !args.only.pattern?.test(name)) continue
      const counts = runScript(runner, script, folder)
      row(
        name,
        counts.modules,
        counts.reduced,
        sum(counts.refused),
        counts.passed,
        counts.failures.length,
        sum(counts.notApplicable),
      )
      add(total, counts)
    }
  for (const [why, count] of total.refused) output.line(`module refused, ${why}: ${count}`)
  for (const [why, count] of total.notApplicable) output.line(`not applicable, ${why}: ${count}`)
  for (const failure of total.failures.slice(0, args.failures)) output.error(`FAILED ${failure}`)
  const { modules, reduced, passed, failures } = total
  output.line(`engine ${runner.name}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  output.line(`${modules} modules run, ${reduced} in part, ${sum(total.refused)} refused`)
  output.line(`${passed} passed, ${failures.length} failed, ${sum(total.notApplicable)} not applicable`)
  if (failures.length > 0) return 1
  if (passed > 0) return 0
  output.error(`Nothing was run: expected scripts of wast2json below ${args.fixtures}.`)
  return 2
}

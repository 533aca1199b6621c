// Runs the example of every package README (its first ```ts block) against the built packages, each in a process of its own.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { workspacePackages } from './workspaces.mjs'

const LIMIT_MS = 300_000
const only = process.argv[2]
let failed = 0
let ran = 0

for (const { path, manifest } of workspacePackages()) {
  if (manifest.private || (only && !manifest.name.includes(only))) continue
  const readme = join(path, 'README.md')
  const example = existsSync(readme)
    ? /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))?.[1]
    : undefined
  if (!example) {
    failed++
    console.error(`FAIL ${manifest.name}: README.md has no \`\`\`ts example`)
    continue
  }
  // Inside the package, so that its own dependencies are what resolves.
  const file = join(path, '.readme-example.mjs')
  try {
    writeFileSync(file, transformSync(example, { loader: 'ts', format: 'esm', target: 'node20' }).code)
    const result = spawnSync(process.execPath, ['--no-warnings', file], {
      cwd: path,
      timeout: LIMIT_MS,
      encoding: 'utf8',
    })
    ran++
    if (result.status === 0) console.log(`ok   ${manifest.name}`)
    else {
      failed++
      console.error(
        `FAIL ${manifest.name} (exit ${result.status ?? result.signal})\n${result.stdout}${result.stderr}`,
      )
    }
  } finally {
    rmSync(file, { force: true })
  }
}
console.log(`README examples: ${ran} ran, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

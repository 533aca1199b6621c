// Fails where a file is not where, or not called as, a newcomer would look for it: camelCase names, and tests in the folder `test` of their package.
import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
const files = tracked.filter((path) => /^(libs|apps|tools|examples|template)\/.*\.(ts|js|mjs)$/.test(path))

const problems = files.flatMap((path) => {
  const name = basename(path)
  // Programs are called as people type them.
  const isProgram = path.includes('/bin/')
  return [
    ...(/-/.test(name) && !isProgram ? [`${path}: expected a name in camelCase`] : []),
    ...(/\.test\.(ts|mjs)$/.test(name) && /\/src\//.test(path)
      ? [`${path}: expected it in the folder test`]
      : []),
  ]
})
for (const problem of problems) console.error(problem)
console.log(`files: ${files.length}, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)

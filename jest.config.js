import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Every workspace package that has a jest.config.js. */
const projects = workspaces.flatMap((pattern) => {
  const folder = join(root, pattern.replace(/\/\*$/, ''))
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'jest.config.js')))
})

export default {
  projects,
  // Two cores: end-to-end tests start real nodes, so more workers would only starve them.
  maxWorkers: 2,
  // A worker keeps something of every suite that it ran, and slows down: suites took two to five times as long late in a run as alone.
  workerIdleMemoryLimit: '512MB',
  testTimeout: 60_000,
}

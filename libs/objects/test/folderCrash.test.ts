import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'
import { folderObjects } from '@animechain/objects'
import { buildSync } from 'esbuild'

const KILLS = 5
const path = mkdtempSync(join(tmpdir(), 'animechain-crash-'))
afterAll(() => rmSync(path, { recursive: true, force: true }))

/** Puts objects whose names say what must be in them, and prints each name once the put is acknowledged. */
const writer = (source: string, folder: string) => `
import { createHash, randomBytes } from 'node:crypto'
import { folderObjects } from ${JSON.stringify(source)}
const store = folderObjects({ path: ${JSON.stringify(folder)} })
await store.start()
for (let i = 0; ; i++) {
  const body = randomBytes(200_000 + 1_000 * (i % 7))
  const key = 'films/' + (i % 3) + '/' + createHash('sha256').update(body).digest('hex')
  async function* pieces() {
    for (let at = 0; at < body.length; at += 50_000) yield body.subarray(at, at + 50_000)
  }
  if ((await store.put(key, pieces())).status === 'ok') console.log(key)
}
`

test('after kill -9 what was acknowledged is there, and whatever is there is whole', async () => {
  const folder = join(path, 'objects')
  const program = join(path, 'writer.mjs')
  const source = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  writeFileSync(join(path, 'in.mjs'), writer(source, folder))
  buildSync({
    entryPoints: [join(path, 'in.mjs')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['animechain-source'],
    external: ['@aws-sdk/*'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    nodePaths: [fileURLToPath(new URL('../../../node_modules', import.meta.url))],
  })
  const acknowledged: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    await new Promise<void>((resolve) => {
      // Each time somewhere else in a put.
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        if (printed.split('\n').length > 4 + kill) setTimeout(() => child.kill('SIGKILL'), kill)
      })
      child.once('close', () => resolve())
    })
    acknowledged.push(...printed.split('\n').slice(0, -1))
  }
  const store = folderObjects({ path: folder })
  await store.start()
  const page = await store.list()
  if (page.status !== 'page') throw new Error(page.status)
  const keys = page.objects.map(({ key }) => key)
  expect(acknowledged.length).toBeGreaterThanOrEqual(4 * KILLS)
  expect(acknowledged.filter((key) => !keys.includes(key))).toEqual([])
  for (const key of keys) {
    const got = await store.get(key)
    if (got.status !== 'object') throw new Error(got.status)
    expect(createHash('sha256').update(got.body).digest('hex')).toBe(key.split('/').at(-1))
  }
  expect(readdirSync(join(folder, '.partial'))).toEqual([])
}, 120_000)

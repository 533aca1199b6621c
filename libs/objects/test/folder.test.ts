import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { folderObjects } from '@animechain/objects'
import { bytesOf, objectSuite, streamOf } from './suite.js'

const path = mkdtempSync(join(tmpdir(), 'animechain-objects-'))
const store = folderObjects({ path: join(path, 'a', 'b') })

beforeAll(() => store.start())
afterAll(async () => {
  await store.stop()
  rmSync(path, { recursive: true, force: true })
})

objectSuite({
  name: 'folder',
  store: () => store,
  unreachable: async () => folderObjects({ path: join(path, 'not', 'mounted') }),
  large: 1_000_000,
})

test('a folder that is shared shows what another wrote, and nothing outside it', async () => {
  const other = folderObjects({ path: join(path, 'a', 'b') })
  await other.start()
  writeFileSync(join(path, 'a', 'secret'), 'x')
  await store.put('x/shared', bytesOf(10))
  expect((await other.get('x/shared')).status).toBe('object')
  expect((await other.get('secret')).status).toBe('missing')
  await other.stop()
})

test('what a killed process was writing is never an object, and is cleared away', async () => {
  const folder = join(path, 'killed')
  const partials = join(folder, '.partial')
  const first = folderObjects({ path: folder })
  await first.start()
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  await new Promise((resolve) => child.once('close', resolve))
  writeFileSync(join(partials, `${hostname()}+${child.pid}+00`), 'half')
  writeFileSync(join(partials, `elsewhere+1+00`), 'half')
  let during: string[] = []
  async function* body() {
    yield bytesOf(10)
    // It is in the middle of a put, which a second process must not disturb.
    const second = folderObjects({ path: folder })
    await second.start()
    during = readdirSync(partials)
    expect(await second.list()).toEqual({ status: 'page', objects: [] })
  }
  expect((await first.put('film', body())).status).toBe('ok')
  expect(during).toHaveLength(2)
  expect(during).toContain('elsewhere+1+00')
  expect(readdirSync(partials)).toEqual(['elsewhere+1+00'])
  expect((await first.get('film')).status).toBe('object')
})

test('a page of a large folder needs little, and empty folders go', async () => {
  const folder = join(path, 'many')
  const many = folderObjects({ path: folder })
  await many.start()
  const keys = Array.from({ length: 60 }, (_, i) => `k${String(i).padStart(3, '0')}/x`)
  await Promise.all(keys.map((key) => many.put(key, streamOf(bytesOf(1), 1))))
  const seen: string[] = []
  for (let after: string | undefined; ;) {
    const page = await many.list({ limit: 7, after })
    if (page.status !== 'page') throw new Error(page.status)
    seen.push(...page.objects.map(({ key }) => key))
    if ((after = page.next) === undefined) break
  }
  expect(seen).toEqual(keys)
  await Promise.all(keys.map((key) => many.delete(key)))
  expect(readdirSync(folder)).toEqual(['.partial'])
})

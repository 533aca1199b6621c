import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { storageSuite } from '@animechain/conformance'
import { build } from 'esbuild'
import { lmdb } from '../src/lmdb.js'

let root: string
let count = 0
/** The store as one file, for a process that has nothing of jest. */
let bundle: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lmdb-'))
  const source = fileURLToPath(new URL('../src/lmdb.ts', import.meta.url))
  bundle = join(dirname(source), '..', 'dist', `test-${process.pid}.mjs`)
  await build({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['animechain-source'],
    external: ['lmdb'],
    outfile: bundle,
  })
})
afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  await rm(bundle, { force: true })
})

storageSuite({
  name: 'lmdb',
  describe,
  test,
  create: async () => lmdb({ path: join(root, `store.${++count}`) }),
  reopen: async () => lmdb({ path: join(root, `store.${count}`) }),
})

describe('lmdb', () => {
  test('says what to do when the addon cannot be loaded', async () => {
    const store = lmdb({
      path: join(root, 'never'),
      load: () => Promise.reject(new Error('No native build was found')),
    })
    await expect(store.start()).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringMatching(/storage-file[\s\S]*No native build was found/),
    })
    await store.stop()
  })

  const bytes = (text: string) => new TextEncoder().encode(text)
  /** A store of 4,000 entries, stopped; answers the path of its file. */
  async function filled(path: string): Promise<string> {
    const store = lmdb({ path })
    await store.start()
    await store.batch(
      Array.from({ length: 4_000 }, (_, i) => ({
        type: 'put' as const,
        key: bytes(`key ${i}`),
        value: bytes(`value ${i} `.repeat(1 + (i % 20))),
      })),
      { durable: true },
    )
    await store.stop()
    return join(path, 'data.mdb')
  }

  test('names damage at the start, whatever it is, and lives on', async () => {
    const path = join(root, 'damaged')
    const file = await filled(path)
    const image = await readFile(file)
    const damages: Record<string, (copy: Buffer) => Buffer> = {
      'no meta pages': (copy) => copy.fill(0, 0, 8_192),
      'cut in half': (copy) => copy.subarray(0, copy.length >> 1),
      'another file': (copy) => Buffer.alloc(copy.length, 'something else '),
      'a short other file': () => Buffer.from('{}'),
      'pages of zeros': (copy) => copy.fill(0, 16_384),
    }
    for (const [name, damage] of Object.entries(damages)) {
      await writeFile(file, damage(Buffer.from(image)))
      const failure = await lmdb({ path })
        .start()
        .then(
          () => `${name}: it was opened`,
          (error: Error) => error,
        )
      expect(failure).toMatchObject({ code: 'STORAGE_DAMAGED', message: expect.stringContaining(file) })
    }
    await writeFile(file, image)
    const store = lmdb({ path })
    await store.start()
    expect([...store.iterate()]).toHaveLength(4_000)
    await store.stop()
  })

  test('takes a file without free pages at its end, and fills it up', async () => {
    const path = join(root, 'short')
    const file = await filled(path)
    const store = lmdb({ path })
    await store.start()
    const key = (i: number) => bytes(`more ${i}`)
    const some = Array.from({ length: 2_000 }, (_, i) => i)
    await store.batch(some.map((i) => ({ type: 'put', key: key(i), value: new Uint8Array(1_000) })))
    await store.batch(some.map((i) => ({ type: 'delete', key: key(i) })))
    await store.stop()
    const { length } = await readFile(file)
    // LMDB itself leaves out such pages when one transaction both took and gave them back.
    const short = length - 10 * 4_096
    for (const inspectBytes of [512 * 2 ** 20, 0]) {
      await truncate(file, short)
      const again = lmdb({ path, inspectBytes })
      await again.start()
      expect([...again.iterate()]).toHaveLength(4_000)
      await again.stop()
      expect((await readFile(file)).length).toBe(length)
    }
    await truncate(file, 16_384)
    await expect(lmdb({ path, inspectBytes: 0 }).start()).rejects.toMatchObject({
      code: 'STORAGE_DAMAGED',
      message: expect.stringContaining(`Expected up to ${length} bytes, got 16384.`),
    })
  })

  test('names flipped bytes of values, at the start or at the read', async () => {
    const path = join(root, 'flipped')
    const file = await filled(path)
    const image = await readFile(file)
    // Pages that are no longer of use may hold it too.
    for (let at = image.indexOf('value 1234 '); at >= 0; at = image.indexOf('value 1234 ', at + 1))
      image[at + 3]! ^= 1
    await writeFile(file, image)
    const key = bytes('key 1234')
    await expect(lmdb({ path }).start()).rejects.toMatchObject({
      code: 'STORAGE_DAMAGED',
      message: expect.stringContaining(Buffer.from(key).toString('hex')),
    })
    // As for a file that is too large to be looked through.
    const store = lmdb({ path, inspectBytes: 0 })
    await store.start()
    expect(() => store.get(key)).toThrow(expect.objectContaining({ code: 'STORAGE_DAMAGED' }))
    expect(() => [...store.iterate()]).toThrow(expect.objectContaining({ code: 'STORAGE_DAMAGED' }))
    expect(Buffer.from(store.get(bytes('key 1235'))!).toString()).toMatch(/^value 1235 /)
    await store.stop()
  })

  test('refuses a folder that another version or program has begun', async () => {
    const path = join(root, 'foreign')
    await filled(path)
    await rm(join(path, 'format'))
    await expect(lmdb({ path }).start()).rejects.toMatchObject({ code: 'STORAGE_FORMAT' })
    await writeFile(join(path, 'format'), 'something else')
    await expect(lmdb({ path }).start()).rejects.toMatchObject({ code: 'STORAGE_FORMAT' })
  })

  test('takes up a folder whose process was killed before the first write', async () => {
    const path = join(root, 'killed')
    await mkdir(path)
    const first = lmdb({ path })
    await first.start()
    await first.stop()
    await truncate(join(path, 'data.mdb'), 0)
    const store = lmdb({ path })
    await store.start()
    await store.batch([{ type: 'put', key: bytes('a'), value: bytes('1') }])
    expect(store.get(bytes('a'))).toEqual(bytes('1'))
    await store.stop()
  })

  test('names a disk that has no room, writes nothing, and goes on when there is some', async () => {
    const path = join(root, 'full')
    const full = lmdb({ path, minFreeBytes: Number.MAX_SAFE_INTEGER })
    await full.start()
    const put = { type: 'put' as const, key: bytes('a'), value: bytes('1') }
    await expect(full.batch([put])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    expect(full.get(put.key)).toBeUndefined()
    await full.stop()
    const store = lmdb({ path })
    await store.start()
    await store.batch([put])
    await store.stop()
  })

  test('names a write that fails under it and stays readable', async () => {
    const path = join(root, 'limited')
    await filled(path)
    // A limit on the size of files makes the system call fail as a broken disk does.
    const script = `
      import { lmdb } from ${JSON.stringify(bundle)}
      const store = lmdb({ path: ${JSON.stringify(path)} })
      await store.start()
      const key = Buffer.from('large')
      await store.batch([{ type: 'put', key, value: Buffer.alloc(8 << 20) }]).catch((error) => console.log(error.code))
      console.log(Buffer.from(store.get(Buffer.from('key 1'))).toString().slice(0, 7))
      process.exit(0)`
    const run = spawnSync(
      'bash',
      ['-c', 'ulimit -f 4096; exec "$0" --input-type=module -e "$1"', process.execPath, script],
      { encoding: 'utf8' },
    )
    expect(run.stdout.trim().split('\n')).toEqual(['STORAGE_FAILED', 'value 1'])
  })

  test('names the folder that it cannot open', async () => {
    const store = lmdb({ path: '/dev/null/nowhere' })
    await expect(store.start()).rejects.toThrow(/nowhere/)
  })
})

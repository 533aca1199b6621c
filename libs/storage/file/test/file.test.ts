import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { fileURLToPath } from 'node:url'
import { storageSuite } from '@animechain/conformance'
import { silentLogger, type KeyValueOperation, type KeyValueStore } from '@animechain/core'
import { build } from 'esbuild'
import { file, type FileOptions } from '../src/file.js'

let root: string
let count = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'file-store-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
const folder = () => join(root, String(++count))

storageSuite({
  name: 'file',
  describe,
  test,
  create: async () => file({ path: folder() }),
  reopen: async () => file({ path: join(root, String(count)) }),
})
storageSuite({
  name: 'file that rewrites its log all the time',
  describe,
  test,
  create: async () => file({ path: folder(), compactBytes: 100 }),
  reopen: async () => file({ path: join(root, String(count)), compactBytes: 100 }),
})

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (key: string, value: string): KeyValueOperation => ({
  type: 'put',
  key: bytes(key),
  value: bytes(value),
})
const dump = (store: KeyValueStore) =>
  [...store.iterate()].map(([key, value]) => `${Buffer.from(key)}=${Buffer.from(value)}`)

async function open(path: string, options: Partial<FileOptions> = {}): Promise<KeyValueStore> {
  const store = file({ path, ...options })
  await store.start()
  return store
}

describe('file', () => {
  test('cuts a record torn at any byte and keeps everything before it', async () => {
    const path = folder()
    const log = join(path, 'data.log')
    const first = await open(path)
    await first.batch([put('a', '1'), put('b', '2')])
    const whole = (await stat(log)).size
    await first.batch([put('a', 'changed'), { type: 'delete', key: bytes('b') }, put('c', '3')])
    await first.stop()
    const image = await readFile(log)
    for (let length = whole; length < image.length; length++) {
      await writeFile(log, image.subarray(0, length))
      // As a kill leaves it: what the last start saw.
      await rm(join(path, 'data.length'), { force: true })
      const store = await open(path)
      expect(dump(store)).toEqual(['a=1', 'b=2'])
      // It goes on from there: the torn bytes are gone for good.
      await store.batch([put('d', '4')])
      await store.stop()
      const again = await open(path)
      expect(dump(again)).toEqual(['a=1', 'b=2', 'd=4'])
      await again.stop()
    }
    await writeFile(log, image)
    const store = await open(path)
    expect(dump(store)).toEqual(['a=changed', 'c=3'])
    await store.stop()
  })

  test('names a flipped bit in any record, changes nothing, and cuts there only when told to', async () => {
    const path = folder()
    const log = join(path, 'data.log')
    const first = await open(path)
    await first.batch([put('a', '1')])
    const from = (await stat(log)).size
    await first.batch([put('a', '2')])
    await first.batch([put('c', '3')])
    await first.stop()
    const image = await readFile(log)
    for (let at = from; at < image.length; at++) {
      const flipped = Buffer.from(image)
      flipped[at]! ^= 1 << (at % 8)
      await writeFile(log, flipped)
      await expect(open(path)).rejects.toMatchObject({
        code: 'STORAGE_DAMAGED',
        message: expect.stringContaining(log),
      })
      expect(await readFile(log)).toEqual(flipped)
    }
    const errors: string[] = []
    const logger = { ...silentLogger, error: (message: string) => void errors.push(message) }
    const flipped = Buffer.from(image)
    flipped[from + 5]! ^= 1
    await writeFile(log, flipped)
    const store = await open(path, { onDamage: 'cut', logger })
    expect(dump(store)).toEqual(['a=1'])
    expect(errors).toHaveLength(1)
    await store.stop()
    const aside = (await readdir(path)).find((name) => name.startsWith('data.log.damaged-'))!
    expect(await readFile(join(path, aside))).toEqual(flipped)
  })

  test('cuts what a loss of power never wrote, and names a log that is shorter than it was', async () => {
    const path = folder()
    const log = join(path, 'data.log')
    const first = await open(path)
    await first.batch([put('a', '1')])
    await first.stop()
    const image = await readFile(log)
    const second = await open(path)
    await second.batch([put('b', 'x'.repeat(2_000))])
    await second.stop()
    const longer = await readFile(log)
    // The length is on disk, the end of the content is not.
    await writeFile(log, Buffer.concat([longer.subarray(0, 1024), Buffer.alloc(longer.length - 1024)]))
    await writeFile(join(path, 'data.length'), `${image.length}\n`)
    const third = await open(path)
    expect(dump(third)).toEqual(['a=1'])
    await third.batch([put('b', '2')])
    await third.stop()

    // Cut exactly between two records: nothing in the log itself shows it.
    await truncate(log, image.length)
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' })
    const store = await open(path, { onDamage: 'cut' })
    expect(dump(store)).toEqual(['a=1'])
    await store.stop()
  })

  test('names a full disk and goes on when there is room again', async () => {
    const path = folder()
    // A limit on the size of files stands in for the disk: the system call fails in the same way.
    const script = `
      import { truncate } from 'node:fs/promises'
      const { file } = await import(process.argv[1])
      const store = file({ path: process.argv[2] })
      await store.start()
      const put = (key, length) => store.batch([{ type: 'put', key: Buffer.from(key), value: Buffer.alloc(length) }])
      await put('a', 1000)
      for (const key of ['b', 'c'])
        await put(key, 100000).then(() => console.log('written'), (error) => console.log(error.code))
      await put('d', 1000)
      console.log([...store.iterate()].map(([key]) => Buffer.from(key).toString()).join(''))
      await store.stop()`
    const bundle = join(root, 'file.mjs')
    await build({
      entryPoints: [fileURLToPath(new URL('../src/file.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['animechain-source'],
      outfile: bundle,
    })
    const run = spawn(
      'bash',
      [
        '-c',
        'ulimit -f 64; exec "$0" "$@"',
        process.execPath,
        '--input-type=module',
        '-e',
        script,
        bundle,
        path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let printed = ''
    run.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await once(run, 'close')
    expect(printed.trim().split('\n')).toEqual(['STORAGE_FULL', 'STORAGE_FULL', 'ad'])
    const store = await open(path)
    expect([...store.iterate()]).toHaveLength(2)
    await store.stop()
  })

  test('refuses a file that is not its own and starts over a log that ends within its first bytes', async () => {
    const path = folder()
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'data.log'), 'something else altogether')
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_FORMAT' })
    await truncate(join(path, 'data.log'), 3)
    const store = await open(path)
    expect(dump(store)).toEqual([])
    await store.stop()
  })

  test('rewrites the log when most of it is garbage and loses nothing by it', async () => {
    const path = folder()
    const store = await open(path, { compactBytes: 10_000 })
    for (let i = 0; i < 500; i++) await store.batch([put(`k${i % 7}`, String(i).padStart(200, '.'))])
    await store.batch([put('last', 'x')])
    const expected = dump(store)
    await store.stop()
    expect((await stat(join(path, 'data.log'))).size).toBeLessThan(15_000)
    expect(await readdir(path)).toEqual(['data.length', 'data.log'])
    // A crash in the middle of rewriting leaves the new file behind; the old one counts.
    await writeFile(join(path, 'data.log.new'), 'half a log')
    const again = await open(path)
    expect(dump(again)).toEqual(expected)
    await again.stop()
    expect(await readdir(path)).toEqual(['data.length', 'data.log'])
  })

  test('goes on with the old log when it cannot be rewritten', async () => {
    const path = folder()
    const store = await open(path, { compactBytes: 1_000 })
    await mkdir(join(path, 'data.log.new'))
    for (let i = 0; i < 100; i++) await store.batch([put('k', String(i).padStart(100, '.'))])
    await rm(join(path, 'data.log.new'), { recursive: true })
    expect((await stat(join(path, 'data.log'))).size).toBeGreaterThan(10_000)
    for (let i = 0; i < 200; i++) await store.batch([put('k', String(i).padStart(100, '.'))])
    const expected = dump(store)
    await store.stop()
    expect((await stat(join(path, 'data.log'))).size).toBeLessThan(10_000)
    const again = await open(path)
    expect(dump(again)).toEqual(expected)
    await again.stop()
  })

  test('is whole after a start that was asked for twice at once, and after a stop in the middle of a start', async () => {
    const path = folder()
    const store = file({ path })
    await Promise.all([store.start(), store.start()])
    await store.batch([put('a', '1')])
    await store.stop()
    const starting = store.start()
    await store.stop()
    await starting
    expect(() => store.get(bytes('a'))).toThrow(/not open/)
    await store.start()
    expect(dump(store)).toEqual(['a=1'])
    await store.stop()
  })

  test('gives a folder to one store at a time and takes over the lock of a dead process', async () => {
    const path = folder()
    const store = await open(path)
    await expect(open(path)).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
    await store.batch([put('still', 'mine')])
    await store.stop()

    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'])
    try {
      await writeFile(join(path, 'lock'), `${child.pid}\n`)
      await expect(open(path)).rejects.toMatchObject({
        code: 'STORAGE_LOCKED',
        message: expect.stringContaining(`process ${child.pid}`),
      })
      // The same process id with another start time is another process.
      await writeFile(join(path, 'lock'), `${child.pid} 1\n`)
      if (process.platform === 'linux') await (await open(path)).stop()
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await writeFile(join(path, 'lock'), `${child.pid}\n`)
    const again = await open(path)
    expect(dump(again)).toEqual(['still=mine'])
    await again.stop()
  })

  test('refuses more waiting bytes than it was given', async () => {
    const store = await open(folder(), { maxQueuedBytes: 1000 })
    const big = put('k', 'x'.repeat(900))
    const first = store.batch([big])
    await expect(store.batch([big])).rejects.toMatchObject({ code: 'STORAGE_OVERLOADED' })
    await first
    await store.batch([big])
    await store.stop()
  })

  test('finishes the batches under way when it is stopped', async () => {
    const path = folder()
    const store = await open(path)
    const writes = Array.from({ length: 20 }, (_, i) => store.batch([put(`k${i}`, 'v')]))
    await store.stop()
    await Promise.all(writes)
    const again = await open(path)
    expect(dump(again)).toHaveLength(20)
    await again.stop()
  })
})

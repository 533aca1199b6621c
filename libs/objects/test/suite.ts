import { describe, expect, test } from '@jest/globals'
import type { ObjectStore } from '@animechain/objects'

let salt = 0
/** A name that no other test has. */
export const fresh = (name: string) => `${name}-${process.pid}-${++salt}`

export const bytesOf = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 7 + seed) & 255)

export async function* streamOf(data: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += piece) yield data.subarray(at, at + piece)
}

async function put(store: ObjectStore, key: string, data: Uint8Array): Promise<void> {
  expect(await store.put(key, data)).toEqual({ status: 'ok', size: data.length })
}

const has = async (store: ObjectStore, key: string, data: Uint8Array) =>
  expect(await store.get(key)).toEqual({ status: 'object', size: data.length, body: data })

export interface ObjectSuiteOptions {
  name: string
  /** A started store, the same place for all tests. */
  store(): ObjectStore
  /** A store whose place is out of reach, started. */
  unreachable(): Promise<ObjectStore>
  /** bytes of a stream that the place takes in several parts */
  large: number
}

/** What every implementation of `ObjectStore` promises. */
export function objectSuite({ name, store: storeOf, unreachable, large }: ObjectSuiteOptions): void {
  describe(`ObjectStore: ${name}`, () => {
    bodies(storeOf)
    refusals(storeOf, unreachable)
    lists(storeOf)
    streams(storeOf, large)
  })
}

function bodies(storeOf: () => ObjectStore): void {
  test('gives back what was put, at every size', async () => {
    const store = storeOf()
    for (const size of [0, 1, 1_000, 300_000]) {
      const key = `${fresh('sizes')}/${size}`
      const data = bytesOf(size)
      await put(store, key, data)
      await has(store, key, data)
      expect(await store.head(key)).toEqual({ status: 'object', size })
    }
  })

  test('what is absent is missing, before and after; deleting twice is deleting', async () => {
    const store = storeOf()
    const key = fresh('absent')
    for (const result of [await store.get(key), await store.head(key), await store.open(key)])
      expect(result).toEqual({ status: 'missing' })
    expect(await store.delete(key)).toEqual({ status: 'ok' })
    await put(store, key, bytesOf(10))
    expect(await store.delete(key)).toEqual({ status: 'ok' })
    expect(await store.delete(key)).toEqual({ status: 'ok' })
    expect(await store.get(key)).toEqual({ status: 'missing' })
  })

  test('a put again replaces, and objects may lie below one another', async () => {
    const store = storeOf()
    const key = fresh('again')
    await put(store, key, bytesOf(20, 1))
    await put(store, key, bytesOf(20, 1))
    await put(store, key, bytesOf(10, 2))
    await put(store, `${key}/below`, bytesOf(5, 3))
    await has(store, key, bytesOf(10, 2))
    await has(store, `${key}/below`, bytesOf(5, 3))
    await store.delete(key)
    await has(store, `${key}/below`, bytesOf(5, 3))
  })

  test('ranges are slices, also beyond the end', async () => {
    const store = storeOf()
    const key = fresh('ranges')
    const data = bytesOf(1_000)
    await put(store, key, data)
    for (const [offset, length] of [
      [0, 1],
      [10, 100],
      [999, 1],
      [990, 100],
      [0, 1_000],
      [0, 5_000],
      [1_000, 1],
      [4_000, 10],
      [5, 0],
    ] as const)
      expect(await store.get(key, { range: { offset, length } })).toEqual({
        status: 'object',
        size: 1_000,
        body: data.slice(offset, offset + length),
      })
    const empty = fresh('empty')
    await put(store, empty, new Uint8Array())
    expect(await store.get(empty, { range: { offset: 0, length: 5 } })).toEqual({
      status: 'object',
      size: 0,
      body: new Uint8Array(),
    })
    expect(await store.get(fresh('none'), { range: { offset: 5, length: 0 } })).toEqual({ status: 'missing' })
  })

  test('puts at once of one key leave one of them, whole', async () => {
    const store = storeOf()
    const key = fresh('race')
    await Promise.all([1, 2, 3, 4].map((seed) => store.put(key, bytesOf(50_000, seed))))
    const got = await store.get(key)
    expect([1, 2, 3, 4].map((seed) => bytesOf(50_000, seed))).toContainEqual(
      got.status === 'object' ? got.body : got,
    )
  })

  test('a reader may change what it got', async () => {
    const store = storeOf()
    const key = fresh('mine')
    const data = bytesOf(100)
    await put(store, key, data)
    const got = await store.get(key)
    if (got.status === 'object') got.body.fill(0)
    data.fill(0)
    await has(store, key, bytesOf(100))
  })
}

function refusals(storeOf: () => ObjectStore, unreachable: () => Promise<ObjectStore>): void {
  test('a key, range or prefix that is none is invalid, and reaches nothing', async () => {
    const store = storeOf()
    for (const key of [
      ...['', '/', 'a/', '/a', 'a//b', '.', '..', '../a', 'a/../b', 'a/..', '.partial/x', 'A', 'ä', 'a b'],
      ...['a\\b', 'a\0', 'a\n', 'c:a', 'a=', 'a=/b', '%2e%2e/a', 'x'.repeat(201), 'x/'.repeat(300) + 'x'],
    ]) {
      for (const result of [
        await store.put(key, bytesOf(1)),
        await store.get(key),
        await store.head(key),
        await store.open(key),
        await store.delete(key),
      ])
        expect([key, result.status]).toEqual([key, 'invalid'])
      if (key !== '') expect((await store.list({ after: key })).status).toBe('invalid')
    }
    for (const prefix of ['/', '..', '.p', 'A', 'a//'])
      expect((await store.list({ prefix })).status).toBe('invalid')
    for (const limit of [0, -1, 1.5, 1_001, NaN]) expect((await store.list({ limit })).status).toBe('invalid')
    for (const [offset, length] of [
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [NaN, 1],
      [0, Infinity],
      [Number.MAX_SAFE_INTEGER, 1],
    ] as const)
      expect((await store.get('a', { range: { offset, length } })).status).toBe('invalid')
  })

  test('more than `maxBytes` is not read', async () => {
    const store = storeOf()
    const key = fresh('bounded')
    await put(store, key, bytesOf(100))
    expect(await store.get(key, { maxBytes: 99 })).toEqual({ status: 'tooLarge', size: 100 })
    expect((await store.get(key, { maxBytes: 99, range: { offset: 1, length: 500 } })).status).toBe('object')
    expect((await store.get(key, { maxBytes: 100 })).status).toBe('object')
  })

  test('what was aborted before it began does nothing', async () => {
    const store = storeOf()
    const key = fresh('aborted')
    const signal = AbortSignal.abort()
    expect((await store.put(key, bytesOf(10), { signal })).status).toBe('unavailable')
    expect(await store.get(key)).toEqual({ status: 'missing' })
    await put(store, key, bytesOf(10))
    for (const result of [
      await store.get(key, { signal }),
      await store.head(key, { signal }),
      await store.open(key, { signal }),
      await store.delete(key, { signal }),
      await store.list({ signal }),
    ])
      expect(result).toMatchObject({ status: 'unavailable', error: { code: 'ABORTED' } })
    await has(store, key, bytesOf(10))
  })

  test('a place out of reach is unavailable, never missing', async () => {
    const store = await unreachable()
    for (const result of [
      await store.put('a', bytesOf(10)),
      await store.get('a'),
      await store.head('a'),
      await store.open('a'),
      await store.delete('a'),
      await store.list(),
    ])
      expect(result.status).toBe('unavailable')
    expect((await store.health()).ok).toBe(false)
    expect(await storeOf().health()).toEqual({ ok: true })
  })
}

function lists(storeOf: () => ObjectStore): void {
  test('lists in order, by prefix, in pages', async () => {
    const store = storeOf()
    const at = fresh('list')
    const keys = ['a', 'a-b', 'a/b', 'a/b/c', 'a/d', 'a.e', 'a0', 'b/1', 'b/2', 'b-1', 'c'].map(
      (key) => `${at}/${key}`,
    )
    for (const key of keys) await put(store, key, bytesOf(key.length))
    const all = keys.slice().sort()
    const sized = (listed: string[]) => listed.map((key) => ({ key, size: key.length }))
    expect(await store.list({ prefix: `${at}/` })).toEqual({ status: 'page', objects: sized(all) })
    expect(await store.list({ prefix: `${at}/a` })).toEqual({
      status: 'page',
      objects: sized(all.filter((key) => key.startsWith(`${at}/a`))),
    })
    expect(await store.list({ prefix: `${at}/a/b/` })).toEqual({
      status: 'page',
      objects: sized([`${at}/a/b/c`]),
    })
    expect(await store.list({ prefix: `${at}/x` })).toEqual({ status: 'page', objects: [] })
    for (const limit of [1, 2, 3, all.length]) {
      const seen: string[] = []
      for (let after: string | undefined; ;) {
        const page = await store.list({ prefix: `${at}/`, limit, after })
        if (page.status !== 'page') throw new Error(page.status)
        expect(page.objects.length).toBeLessThanOrEqual(limit)
        seen.push(...page.objects.map(({ key }) => key))
        after = page.next
        if (after === undefined) break
      }
      expect(seen).toEqual(all)
    }
    // The key to go on after needs not be there any more.
    expect(await store.list({ prefix: `${at}/`, after: `${at}/a/c` })).toEqual({
      status: 'page',
      objects: sized(all.filter((key) => key > `${at}/a/c`)),
    })
  })
}

function streams(storeOf: () => ObjectStore, large: number): void {
  test('takes and gives streams', async () => {
    const store = storeOf()
    const key = fresh('stream')
    const data = bytesOf(large)
    expect(await store.put(key, streamOf(data, 100_000), { size: large })).toEqual({
      status: 'ok',
      size: large,
    })
    const opened = await store.open(key, { range: { offset: 5, length: large - 10 } })
    if (opened.status !== 'stream') throw new Error(opened.status)
    expect([opened.size, opened.length]).toEqual([large, large - 10])
    const parts: Uint8Array[] = []
    for await (const part of opened.body) parts.push(part)
    expect(Buffer.concat(parts).equals(data.subarray(5, large - 5))).toBe(true)
    const given = await store.open(key)
    if (given.status !== 'stream') throw new Error(given.status)
    await given.cancel()
    expect(await store.put(`${key}-2`, streamOf(bytesOf(0), 1))).toEqual({ status: 'ok', size: 0 })
    expect(await store.put(`${key}-3`, streamOf(bytesOf(10), 3))).toEqual({ status: 'ok', size: 10 })
    await has(store, `${key}-3`, bytesOf(10))
  })

  test('a stream that fails, or is not as long as was said, changes nothing', async () => {
    const store = storeOf()
    const key = fresh('cut')
    await put(store, key, bytesOf(10))
    async function* failing() {
      yield bytesOf(large)
      throw new Error('the film ended')
    }
    const failed = await store.put(key, failing())
    expect(failed).toMatchObject({ status: 'cut', error: { code: 'OBJECT_CUT' } })
    expect((await store.put(key, streamOf(bytesOf(100), 7), { size: 99 })).status).toBe('cut')
    expect((await store.put(key, streamOf(bytesOf(100), 7), { size: 101 })).status).toBe('cut')
    expect((await store.put(key, bytesOf(100), { size: 101 })).status).toBe('cut')
    await has(store, key, bytesOf(10))
    expect(await store.list({ prefix: key })).toEqual({ status: 'page', objects: [{ key, size: 10 }] })
  })

  test('a put that is aborted in the middle changes nothing', async () => {
    const store = storeOf()
    const key = fresh('abort')
    const controller = new AbortController()
    async function* slow() {
      yield bytesOf(large)
      controller.abort()
      yield bytesOf(10)
    }
    const result = await store.put(key, slow(), { signal: controller.signal })
    expect(result).toMatchObject({ status: 'unavailable', error: { code: 'ABORTED' } })
    expect(await store.get(key)).toEqual({ status: 'missing' })
  })
}

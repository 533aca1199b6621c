import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { file } from '@animechain/storage-file'
import { memoryStorage } from '@animechain/storage-memory'
import { postgresServer, type PostgresServer } from '@animechain/testing'
import pg from 'pg'
import { embeddedMetadata, postgresMetadata, type MetadataStore, type PostgresPool } from '../src/index.ts'

const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString()
const put = (key: string, value = key) => ({ type: 'put', key, value: Buffer.from(value) }) as const
const keysOf = (entries: readonly (readonly [string, Uint8Array])[]) => entries.map(([key]) => key)

const folder = mkdtempSync(join(tmpdir(), 'vault-metadata-'))
let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const pools = (url: string) => () => {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', () => {})
  return pool as unknown as PostgresPool
}

/** Where metadata is, and how one finds it again after a restart. */
const places: Record<string, () => Promise<() => MetadataStore>> = {
  memory: async () => {
    const store = memoryStorage()
    return () => embeddedMetadata(store)
  },
  file: async () => () => embeddedMetadata(file({ path: join(folder, 'store.log') })),
  postgres: async () => {
    const url = await server.database('suite')
    return () => postgresMetadata(pools(url))
  },
}

describe.each(Object.keys(places))('metadata in %s', (place) => {
  let open: () => MetadataStore
  let store: MetadataStore
  beforeAll(async () => {
    open = await places[place]!()
    store = open()
    await store.start()
  })
  afterAll(() => store?.stop())

  it('keeps entries, in the order of their bytes, over a restart', async () => {
    expect(await store.get('a')).toBeUndefined()
    // Neither case nor punctuation is anything else than bytes, whatever the locale.
    await store.batch([put('b/2'), put('B/1'), put('b/10'), put('b-1'), put('b/'), put('c', '')])
    await store.batch([])
    await store.stop()
    store = open()
    await store.start()
    expect(text(await store.get('b/10'))).toBe('b/10')
    expect(text(await store.get('c'))).toBe('')
    expect(keysOf(await store.list({ gte: 'A', lt: 'z', limit: 100 }))).toEqual([
      'B/1',
      'b-1',
      'b/',
      'b/10',
      'b/2',
      'c',
    ])
    expect(keysOf(await store.list({ gte: 'b/', lt: 'b0', limit: 2 }))).toEqual(['b/', 'b/10'])
    expect(keysOf(await store.list({ gte: 'b/', lt: 'b0', limit: 1, reverse: true }))).toEqual(['b/2'])
    expect(await store.list({ gte: 'x', lt: 'y', limit: 10 })).toEqual([])
  })

  it('writes a batch as one, the last write of a key counts', async () => {
    await store.batch([
      put('d', '1'),
      put('d', '2'),
      put('e'),
      { type: 'delete', key: 'e' },
      { type: 'delete', key: 'b/2' },
    ])
    expect(text(await store.get('d'))).toBe('2')
    expect(await store.get('e')).toBeUndefined()
    expect(await store.get('b/2')).toBeUndefined()
    await store.batch([{ type: 'delete', key: 'd' }, put('d', '3')])
    expect(text(await store.get('d'))).toBe('3')
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i)
    await store.batch([{ type: 'put', key: 'large', value: bytes }])
    expect(Buffer.from((await store.get('large'))!).equals(bytes)).toBe(true)
  })

  it('takes thousands of entries at once', async () => {
    await store.batch(Array.from({ length: 6_000 }, (_, i) => put(`many/${`${i}`.padStart(5, '0')}`)))
    const page = await store.list({ gte: 'many/', lt: 'many0', limit: 1_000 })
    expect(page).toHaveLength(1_000)
    expect(page.at(-1)![0]).toBe('many/00999')
  })
})

describe('metadata in PostgreSQL', () => {
  it('belongs to one node, and to a version', async () => {
    const url = await server.database('single')
    const first = postgresMetadata(pools(url))
    await first.start()
    await first.start()
    await expect(postgresMetadata(pools(url)).start()).rejects.toMatchObject({ code: 'VAULT_METADATA' })
    await first.stop()
    await expect(first.get('a')).rejects.toMatchObject({ code: 'VAULT_METADATA' })
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('INSERT INTO vault_migrations (version) VALUES (99)')
    await client.end()
    await expect(first.start()).rejects.toMatchObject({ code: 'VAULT_METADATA_VERSION' })
  })

  it('says that it does not answer, and never that an entry is absent', async () => {
    const url = await server.database('cut')
    const store = postgresMetadata(pools(url))
    await store.start()
    await store.batch([put('a')])
    const admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'`)
    await admin.end()
    // Its lock is gone with the connection: another node may have it.
    await expect(
      (async () => {
        for (let i = 0; i < 100; i++) {
          await store.get('a')
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      })(),
    ).rejects.toMatchObject({ code: 'VAULT_METADATA' })
    await store.stop()
    await store.start()
    expect(text(await store.get('a'))).toBe('a')
    await store.stop()
    await expect(postgresMetadata(pools('postgres://test@127.0.0.1:1/none')).start()).rejects.toMatchObject({
      code: 'VAULT_METADATA',
    })
  })
})

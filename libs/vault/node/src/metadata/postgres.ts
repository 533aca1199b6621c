import { BaseError } from '@animechain/core'
import type { MetadataOperation, MetadataStore } from './store.js'

/** A connection of `pg`, as far as it is used here. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  release(error?: Error | boolean): void
  on?(event: 'error', listener: (error: Error) => void): unknown
}

/** A bounded pool of `pg` (`new Pool({ connectionString, max })`), as far as it is used here. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  end(): Promise<void>
}

/** How the layout of the database came to be, oldest first. What stands is never changed: a change is another one. */
const migrations = [
  // `C` compares bytes: the order of keys must not depend on a locale.
  `CREATE TABLE vault_entries (
     key text COLLATE "C" PRIMARY KEY,
     value bytea NOT NULL
   )`,
]

/** Names the lock of one node on its database: "vault" as a number. */
const lockId = 0x7661756c74

/** Keys of one statement at most. */
const MAX_ROWS = 5_000

/** Brings the layout to the newest version. Two nodes that start at once wait for each other. */
async function migrate(client: PostgresClient): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS vault_migrations (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
  )
  const { rows } = await client.query('SELECT coalesce(max(version), 0) AS version FROM vault_migrations')
  const found = Number(rows[0]!.version)
  if (found > migrations.length)
    throw new BaseError('The database is of a newer version of this program.', {
      code: 'VAULT_METADATA_VERSION',
      metaMessages: [`Expected at most version ${migrations.length}, got ${found}.`],
    })
  for (const [i, statement] of migrations.slice(found).entries()) {
    await client.query('BEGIN')
    await client.query(statement)
    await client.query('INSERT INTO vault_migrations (version) VALUES ($1)', [found + i + 1])
    await client.query('COMMIT')
  }
}

/** The last write of each key: a statement may name a row once. */
function lastWrites(operations: readonly MetadataOperation[]) {
  const last = new Map(operations.map((each) => [each.key, each]))
  const puts = [...last.values()].flatMap((each) => (each.type === 'put' ? [each] : []))
  const deletes = [...last.values()].flatMap((each) => (each.type === 'delete' ? [each.key] : []))
  return { puts, deletes }
}

async function write(client: PostgresClient, operations: readonly MetadataOperation[]): Promise<void> {
  const { puts, deletes } = lastWrites(operations)
  await client.query('BEGIN')
  try {
    for (let i = 0; i < puts.length; i += MAX_ROWS) {
      const part = puts.slice(i, i + MAX_ROWS)
      await client.query(
        `INSERT INTO vault_entries (key, value) SELECT * FROM unnest($1::text[], $2::bytea[])
         ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [part.map(({ key }) => key), part.map(({ value }) => Buffer.from(value))],
      )
    }
    if (deletes.length > 0)
      await client.query('DELETE FROM vault_entries WHERE key = ANY($1::text[])', [deletes])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

const unavailable = (cause: unknown) =>
  new BaseError('PostgreSQL did not do what it was asked.', { code: 'VAULT_METADATA', cause })

/**
 * Metadata in PostgreSQL: one table of entries, plain SQL. `synchronous_commit` is set on every connection that writes, so that what is answered is on disk.
 * The pool is bounded, and ended by `stop`, so it is made for each start.
 */
export function postgresMetadata(makePool: () => PostgresPool): MetadataStore {
  let pool: PostgresPool | undefined
  let lock: PostgresClient | undefined
  let lost: Error | undefined

  const opened = () => {
    if (pool === undefined || lost !== undefined)
      throw new BaseError('The database is not open.', {
        code: 'VAULT_METADATA',
        cause: lost,
        metaMessages: [
          'Expected a call of start() before, none of stop() since, and a connection that lasted.',
        ],
      })
    return pool
  }

  async function end(): Promise<void> {
    const ending = pool
    lock?.release(true)
    pool = lock = undefined
    await ending?.end()
  }

  return {
    id: 'postgres',
    async start() {
      if (pool !== undefined) return
      pool = makePool()
      lost = undefined
      try {
        lock = await pool.connect()
        // Whoever lost the lock may not write any more: another node may have it.
        lock.on?.('error', (error) => (lost = error))
        const { rows } = await lock.query('SELECT pg_try_advisory_lock($1) AS locked', [lockId])
        if (rows[0]!.locked !== true)
          throw new BaseError('Another node has this database.', {
            code: 'VAULT_METADATA',
            metaMessages: [
              'Expected one node for each database. Give this one another, or stop the other node.',
            ],
          })
        await migrate(lock)
      } catch (error) {
        await end().catch(() => {})
        throw error instanceof BaseError ? error : unavailable(error)
      }
    },
    stop: end,
    async get(key) {
      const { rows } = await opened()
        .query('SELECT value FROM vault_entries WHERE key = $1', [key])
        .catch((error: unknown) => Promise.reject(unavailable(error)))
      return rows[0]?.value as Uint8Array | undefined
    },
    async batch(operations) {
      if (operations.length === 0) return
      try {
        const client = await opened().connect()
        let failed: Error | undefined
        try {
          await client.query('SET synchronous_commit TO on')
          await write(client, operations)
        } catch (error) {
          failed = error as Error
          throw error
        } finally {
          client.release(failed)
        }
      } catch (error) {
        throw error instanceof BaseError ? error : unavailable(error)
      }
    },
    async list({ gte, lt, limit, reverse }) {
      const { rows } = await opened()
        .query(
          `SELECT key, value FROM vault_entries WHERE key >= $1 AND key < $2 ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT $3`,
          [gte, lt, limit],
        )
        .catch((error: unknown) => Promise.reject(unavailable(error)))
      return rows.map((row) => [row.key as string, row.value as Uint8Array] as const)
    },
  }
}

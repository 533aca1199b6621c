import { join } from 'node:path'
import { BaseError, type Logger } from '@animechain/core'
import { folderObjects, type ObjectStore } from '@animechain/objects'
import { s3Objects } from '@animechain/objects/s3'
import { openStorage } from '@animechain/stack'
import {
  embeddedMetadata,
  postgresMetadata,
  type MetadataStore,
  type PostgresPool,
} from '@animechain/vault-node'
import pg from 'pg'
import type { Values } from './values.js'

/**
 * The store of objects that a setting names.
 * @throws {BaseError} `DA_NODE_OBJECTS`
 */
export function objectsAt(place: string | undefined, dataDir: string): ObjectStore {
  if (place === undefined) return folderObjects({ path: join(dataDir, 'objects') })
  if (!/^s3(\+https?)?:\/\//.test(place)) return folderObjects({ path: place })
  const own = place.startsWith('s3+')
  const text = place.replace(/^s3\+/, '').replace(/^s3:/, 'https:')
  const url = URL.canParse(text) ? new URL(text) : undefined
  const path = url?.pathname.split('/').filter(Boolean) ?? []
  const [bucket, ...rest] = own ? path : [url?.host, ...path]
  if (!url || !bucket)
    throw new BaseError('The place of objects cannot be read.', {
      code: 'DA_NODE_OBJECTS',
      metaMessages: [
        `Expected a folder, s3://bucket/prefix or s3+http://host:port/bucket/prefix, got ${place}.`,
      ],
    })
  const prefix = rest.join('/')
  return s3Objects({ bucket, ...(prefix && { prefix: `${prefix}/` }), ...(own && { endpoint: url.origin }) })
}

/** The metadata store of the settings. An embedded one is open already. */
export async function metadataOf(values: Values, logger: Logger): Promise<MetadataStore> {
  const { postgresUrl: connectionString, postgresConnections: max } = values
  if (connectionString === undefined)
    return embeddedMetadata(await openStorage(values.storage, join(values.dataDir, 'metadata'), { logger }))
  return postgresMetadata(() => {
    const pool = new pg.Pool({
      connectionString,
      max,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 30_000,
    })
    // Of a connection that nobody uses at the moment: the pool makes another one.
    pool.on('error', (error) => logger.warn('a connection to PostgreSQL was lost', { error: error.message }))
    return pool as unknown as PostgresPool
  })
}

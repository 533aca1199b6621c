import { join } from 'node:path'
import { altDaServer } from '@animechain/da-altda'
import { folderObjects } from '@animechain/objects'
import { folderBucket } from './folderBucket.js'
import { devnetFailover } from './words.js'

/** The bucket of a devnet, and what its nodes sign with: nothing checks it. */
const BUCKET = 'batches'
const KEY = 'devnet'

/** Where the batches of kind 3 are kept, as this process serves them. */
export interface DaServers {
  altDaUrl: string
  s3Url: string
  /** What a node needs to write to them, and to read them, as environment. */
  env: Record<string, string>
  stop(): Promise<void>
}

/**
 * Serves what batches of kind 3 are kept in, both on loopback: an alt-DA server, and a folder that a node's S3 client takes for a bucket. Both keep their bytes in
 * the devnet's folder, and run whichever of them is written to: what an earlier start wrote must be read.
 * @throws {BaseError} `ALTDA_LISTEN`, `DEVNET_PORT`
 */
export async function startDaServers(options: {
  directory: string
  ports: { altDa: number; s3: number }
}): Promise<DaServers> {
  const { directory, ports } = options
  const kept = (name: string) => folderObjects({ path: join(directory, name) })
  const altDa = altDaServer({ store: kept('altda'), port: ports.altDa })
  const s3 = folderBucket({ bucket: BUCKET, objects: kept('s3'), port: ports.s3 })
  const stop = async () => {
    await altDa.stop()
    await s3.stop()
  }
  try {
    await altDa.start()
    await s3.start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    altDaUrl: altDa.url,
    s3Url: s3.url,
    env: {
      ANIMECHAIN_ALT_DA_URL: altDa.url,
      ANIMECHAIN_S3_BUCKET: BUCKET,
      ANIMECHAIN_S3_ENDPOINT: s3.url,
      ANIMECHAIN_DA_FAILOVER: devnetFailover.join(','),
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: KEY,
    },
    stop,
  }
}

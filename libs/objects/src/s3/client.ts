import { BaseError } from '@animechain/core'
import type { S3Client } from '@aws-sdk/client-s3'

/** Who asks. Without them the AWS SDK looks where it always does: environment, profile, instance. */
export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** Which bucket, and how it is asked. */
export interface S3ObjectsOptions {
  bucket: string
  /** What stands in front of every key, `/` at its end included; default nothing. */
  prefix?: string
  /** Address of the server, where it is not AWS. Buckets are named in the path then. */
  endpoint?: string
  /** default `us-east-1` */
  region?: string
  credentials?: S3Credentials
  /** bytes of a part of a large object, at least 5 MiB; default 8 MiB. An object has at most 10,000. */
  partBytes?: number
  /** parts on their way at a time; default 3. So many are in memory, and one more. */
  parallel?: number
  /** tries of one request, the first included; default 3 */
  attempts?: number
  /** milliseconds for the head of an answer, and between two pieces of its body; default 60,000 */
  timeoutMs?: number
  /** milliseconds until a connection is there; default 5,000 */
  connectTimeoutMs?: number
}

/** The parts of the SDK that are used. */
export type Sdk = typeof import('@aws-sdk/client-s3')

/** The SDK, and a client of it. Loaded when it is first needed: it is large, and optional. */
export interface Connection {
  sdk: Sdk
  client: S3Client
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    throw new BaseError('Objects in S3 need the package @aws-sdk/client-s3.', {
      code: 'OBJECT_S3_MISSING',
      cause,
      metaMessages: ['Expected it to be installed: npm install @aws-sdk/client-s3'],
    })
  }
}

/** @throws {BaseError} `OBJECT_S3_MISSING` */
export async function connect(options: S3ObjectsOptions): Promise<Connection> {
  const { endpoint, region = 'us-east-1', credentials, attempts = 3 } = options
  const { timeoutMs = 60_000, connectTimeoutMs = 5_000 } = options
  const sdk = await loadSdk()
  const client = new sdk.S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // Every request here may be repeated: whole objects, whole parts, reads and deletes.
    maxAttempts: attempts,
    // Checksums of AWS's own are what other servers do not know; the length and Content-MD5 they do.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  })
  return { sdk, client }
}

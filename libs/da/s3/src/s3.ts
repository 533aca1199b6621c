import type { DataAvailability } from '@animechain/core'
import { s3Objects, type S3ObjectsOptions } from '@animechain/objects/s3'
import { objectDa, type ObjectDaOptions } from './objectDa.js'

/** Which bucket, and what is said of it. */
export type S3DaOptions = S3ObjectsOptions & Omit<ObjectDaOptions, 'objects' | 'id'>

/**
 * Data availability in a bucket of S3, or of a server that speaks as it does. See {@link objectDa}.
 * @throws {InvalidInputError} for options out of range
 */
export function s3Da({ exposure, retentionSeconds, maxBytes, ...bucket }: S3DaOptions): DataAvailability {
  return objectDa({ objects: s3Objects(bucket), exposure, retentionSeconds, maxBytes })
}

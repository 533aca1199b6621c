import { InvalidInputError } from '@animechain/core'
import { folderObjects } from './folder.js'
import { s3Objects } from './s3/s3.js'
import type { ObjectStore } from './store.js'

const EXPECTED =
  'a folder, or s3://bucket/prefix/ with ?endpoint= and &region= where they are not those of AWS'

function s3At(place: string): ObjectStore {
  const url = new URL(place)
  // An address is printed, logged and listed with the processes of a machine.
  if (url.username || url.password)
    throw new InvalidInputError(
      'place of objects',
      'no credentials in it: they belong in the environment',
      's3://…',
    )
  const prefix = url.pathname.replace(/^\/+/, '').replace(/\/*$/, '/')
  const others = [...url.searchParams.keys()].filter((name) => name !== 'endpoint' && name !== 'region')
  if (others.length > 0) throw new InvalidInputError('place of objects', EXPECTED, `?${others.join('&')}`)
  const given = (name: 'endpoint' | 'region') => {
    const value = url.searchParams.get(name)
    return value ? { [name]: value } : {}
  }
  return s3Objects({
    bucket: url.hostname,
    ...(prefix === '/' ? {} : { prefix }),
    ...given('endpoint'),
    ...given('region'),
  })
}

/**
 * The store at a place that a setting names: a folder, or a bucket as `s3://bucket/prefix/?endpoint=https://…&region=…`, whose credentials are where the AWS SDK
 * looks for them (`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a profile, the instance).
 * @throws {InvalidInputError}
 */
export function objectsAt(place: string): ObjectStore {
  if (place === '') throw new InvalidInputError('place of objects', EXPECTED, place)
  if (!/^s3:/i.test(place)) return folderObjects({ path: place })
  if (!/^s3:\/\//i.test(place) || !URL.canParse(place))
    throw new InvalidInputError('place of objects', EXPECTED, place)
  return s3At(place)
}

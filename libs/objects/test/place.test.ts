import { expect, test } from '@jest/globals'
import { objectsAt } from '@animechain/objects'

test.each([
  ['data/blobs', 'folder'],
  ['/var/lib/blobs', 'folder'],
  ['s3://films', 's3'],
  ['s3://films/', 's3'],
  ['s3://films/of/ours?endpoint=http://127.0.0.1:9000&region=eu-west-1', 's3'],
])('%s is a %s', (place, id) => {
  expect(objectsAt(place).id).toBe(id)
})

test.each(['', 's3:', 's3:films', 's3://', 's3://films/A', 's3://films/..%2f', 's3://films?secret=x'])(
  '%j is no place',
  (place) => {
    expect(() => objectsAt(place)).toThrow(/Invalid/)
  },
)

test('credentials in an address are refused, and not repeated', () => {
  for (const place of ['s3://user:secret@films/a', 's3://secret@films'])
    expect(() => objectsAt(place)).toThrow(/^(?!.*secret).*no credentials/s)
})

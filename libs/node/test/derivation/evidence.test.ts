import { expect, test } from '@jest/globals'
import type { BatchRecord, DaSealedResult, DataAvailability, SealedBatch } from '@animechain/core'
import { fetchEvidence } from '../../src/derivation/body.js'

const sealed: SealedBatch = {
  descriptor: Uint8Array.of(1),
  body: Uint8Array.of(2, 3),
  key: Uint8Array.of(4),
}
const record = { index: 7n, commitment: Uint8Array.of(4, 1), location: {} } as unknown as BatchRecord

const sourcesOf = (...answers: DaSealedResult[]) =>
  ({
    settlement: {},
    readers: answers.map((answer) => ({
      capabilities: { prefix: 4 },
      get: () => Promise.reject(new Error('its plaintext proves nothing')),
      getSealed: async () => answer,
    })) as unknown as DataAvailability[],
  }) as unknown as Parameters<typeof fetchEvidence>[0]

test('what a proof reads of a sealed batch is what was sealed, from the first who has it', async () => {
  const got = await fetchEvidence(
    sourcesOf({ status: 'missing', authoritative: true }, { status: 'sealed', sealed }),
    record,
  )
  expect(got).toBe(sealed)
})

test('a sealed batch that nobody opens is told with the reason, in the one sentence that health shows', async () => {
  const asked = fetchEvidence(sourcesOf({ status: 'forbidden', reason: 'no view key' }), record)
  await expect(asked).rejects.toMatchObject({
    code: 'DERIVATION_DATA_UNAVAILABLE',
    shortMessage: 'The data of batch 7 is not to be had now: forbidden: no view key.',
  })
})

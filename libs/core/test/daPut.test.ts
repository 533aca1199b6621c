import { expect, test } from '@jest/globals'
import { carryOrPut, prefixesOf, type DaPutOptions, type DataAvailability } from '@animechain/core'

const commitment = Uint8Array.of(1)
const sent = (options: DaPutOptions) => ({ status: 'ok', commitment, sent: options }) as never

const backend = {
  prepare: async (data: Uint8Array) =>
    data.length > 3
      ? { status: 'tooLarge', maxBytes: 3n }
      : { commitment, attachment: { type: 'calldata', evidence: data } },
  put: async (_data: Uint8Array, options: DaPutOptions) => sent(options),
} as unknown as DataAvailability

test('bytes are carried by the settlement where it can, else put', async () => {
  const data = Uint8Array.of(7)
  const carried = { status: 'ok', commitment, attachment: { type: 'calldata', evidence: data } }
  expect(await carryOrPut(backend, data, { attachments: ['evidence', 'calldata'] })).toEqual(carried)
  expect(await carryOrPut(backend, data, { attachments: ['blobs'] })).toEqual(
    sent({ attachments: ['blobs'] }),
  )
  expect(await carryOrPut(backend, data)).toEqual(sent({}))
  expect(await carryOrPut({ ...backend, prepare: undefined }, data, { attachments: ['calldata'] })).toEqual(
    sent({ attachments: ['calldata'] }),
  )
})

test('what is too large for a backend is neither carried nor put', async () => {
  expect(await carryOrPut(backend, new Uint8Array(4), { attachments: ['calldata'] })).toEqual({
    status: 'tooLarge',
    maxBytes: 3n,
  })
})

test('after an abort nothing is carried: put says so', async () => {
  const options = { attachments: ['calldata'] as const, signal: AbortSignal.abort() }
  expect(await carryOrPut(backend, Uint8Array.of(7), options)).toEqual(sent(options))
})

test('a backend makes one kind of commitment, or those that it names', () => {
  expect(prefixesOf({ prefix: 2 })).toEqual([2])
  expect(prefixesOf({ prefix: 2, prefixes: [2, 1] })).toEqual([2, 1])
})

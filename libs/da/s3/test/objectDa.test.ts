import { expect, test } from '@jest/globals'
import { bytesToHex, keccak256 } from '@animechain/core'
import { folderObjects, memoryObjects } from '@animechain/objects'
import { objectDa } from '../src/index.js'

const data = new TextEncoder().encode('a batch')
const key = `keccak256/${bytesToHex(keccak256(data)).slice(2)}`

async function putting() {
  const objects = memoryObjects()
  const da = objectDa({ objects, id: 'objects' })
  const put = await da.put(data)
  if (put.status !== 'ok') throw new Error(`expected the put to be ok, got ${put.status}`)
  return { objects, da, put }
}

test('the commitment is that of the OP alt-DA protocol behind its kind, and the evidence is what a server calls it', async () => {
  const { objects, put } = await putting()
  expect(bytesToHex(put.commitment)).toBe(`0x0300${bytesToHex(keccak256(data)).slice(2)}`)
  expect(put.attachment).toEqual({ type: 'evidence', evidence: put.commitment.slice(1) })
  expect(await objects.get(key)).toEqual({ status: 'object', size: data.length, body: data })
})

test('other bytes in the place are nobody’s data, and the right ones may come back', async () => {
  const { objects, da, put } = await putting()
  for (const other of [
    data.slice(1),
    Uint8Array.of(...data, 0),
    new Uint8Array(200_000),
    new Uint8Array(0),
  ]) {
    await objects.put(key, other)
    expect((await da.get(put.commitment)).status).toBe('unavailable')
    expect((await da.get(put.commitment, { range: { offset: 0, length: 1 } })).status).toBe('unavailable')
  }
  expect((await da.put(data)).status).toBe('ok')
  expect(await da.get(put.commitment)).toEqual({ status: 'data', data })
})

test('a place that is not there erases nothing and holds nothing back', async () => {
  const { put } = await putting()
  const away = objectDa({ objects: folderObjects({ path: '/nonexistent/place' }) })
  expect((await away.get(put.commitment)).status).toBe('unavailable')
  expect((await away.put(data)).status).toBe('error')
  expect(await away.erase!(put.commitment)).toEqual({ status: 'unknown' })
  expect(await away.status(put.commitment)).toEqual({ status: 'unknown' })
})

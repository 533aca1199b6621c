import { expect, it } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { developmentCertificate, pemSigner, readManifest, signManifest, startC2pa } from '../src/index.js'
import { png } from './samples.js'

const wasm = createRequire(import.meta.url).resolve('@contentauth/c2pa-wasm/c2pa.wasm')

it('starts from the bytes of the pinned version only, and again after a failure', async () => {
  const bytes = new Uint8Array(await readFile(wasm))
  const other = bytes.slice()
  other[other.length - 1]! ^= 1
  await expect(startC2pa(other)).rejects.toMatchObject({
    ...{ code: 'C2PA_NOT_STARTED', message: expect.stringContaining('expected c2pa.wasm with the SHA-512') },
  })
  await expect(startC2pa(new URL('http://127.0.0.1:1/c2pa.wasm'))).rejects.toMatchObject({
    code: 'C2PA_NOT_STARTED',
  })
  await startC2pa(bytes)
  const signer = await pemSigner(await developmentCertificate())
  const claim = { vaultAsset: `0x${'11'.repeat(32)}`, chain: 'eip155:1' } as const
  // Many at once: they share the reader that the library is lent.
  const signed = await Promise.all([1, 2, 3].map((shade) => signManifest(png(shade), { claim }, signer)))
  const states = await Promise.all(signed.map(async ({ media }) => (await readManifest(media))?.state))
  expect(states).toEqual(['valid', 'valid', 'valid'])
  expect('FileReaderSync' in globalThis).toBe(false)
})

it('reads by the real FileReaderSync where there is one, as in workers', async () => {
  const signer = await pemSigner(await developmentCertificate())
  const claim = { vaultAsset: `0x${'11'.repeat(32)}`, chain: 'eip155:1' } as const
  const { media } = await signManifest(png(), { claim }, signer)
  let asked = 0
  class Reader {
    readAsArrayBuffer(blob: unknown): ArrayBuffer {
      asked++
      if (!(blob instanceof Blob)) throw new TypeError('expected a Blob')
      throw new TypeError('read')
    }
  }
  Object.assign(globalThis, { FileReaderSync: Reader })
  try {
    await expect(readManifest(media)).rejects.toMatchObject({ code: 'C2PA_BAD_MANIFEST' })
    expect(asked).toBeGreaterThan(0)
  } finally {
    delete (globalThis as { FileReaderSync?: unknown }).FileReaderSync
  }
})

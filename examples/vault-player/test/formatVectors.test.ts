import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { chromium, type Chromium } from '../../browser-verifier/test/chromium.js'

let server: Server
let browser: Chromium
let script = ''

beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('formatVectorsPage.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    conditions: ['animechain-source', 'browser'],
    metafile: true,
    logLevel: 'error',
  })
  // Nothing of Node is loaded; HPKE's library asks for its cryptography where there is no WebCrypto.
  for (const { imports } of Object.values(metafile.outputs))
    expect(imports.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([])
  script = outputFiles[0]!.text
  server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script src="page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await chromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
})

describe('the sealed format in Chromium', () => {
  it('seals and opens every published vector by WebCrypto', async () => {
    const page = await browser.page()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const vectors = readFileSync(
      new URL('../../../libs/vault/format/vectors/seal.json', import.meta.url),
      'utf8',
    )
    // The page is there before its script.
    while ((await page.evaluate<string>('typeof runVectors')) !== 'function')
      await new Promise((resolve) => setTimeout(resolve, 100))
    const result = await page.evaluate<{ backend: string; wrong: string[] }>(`runVectors(${vectors})`)
    expect(result).toEqual({ backend: 'web', wrong: [] })
  }, 120_000)
})

import { get } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Bridge } from '@animechain/bridge'
import { silentLogger } from '@animechain/core'
import { httpApi } from '../src/http.js'

const api = httpApi({
  bridge: {} as Bridge,
  host: '127.0.0.1',
  port: 0,
  hosts: ['bridge.example'],
  logger: silentLogger,
})
beforeAll(() => api.start())
afterAll(() => api.stop())

const status = (host: string) =>
  new Promise<number>((resolve, reject) => {
    const request = get(api.url, { headers: { host }, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    request.on('error', reject)
  })

test('the HTTP API answers to hosts that it knows and no others', async () => {
  expect(await status('localhost:9560')).toBe(200)
  expect(await status('[::1]:9560')).toBe(200)
  expect(await status('bridge.example')).toBe(200)
  expect(await status('evil.example')).toBe(403)
})

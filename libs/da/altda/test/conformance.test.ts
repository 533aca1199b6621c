import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { altda, keccakLayer, type AltDaServer } from '../src/index.js'
import { server, stopAll } from './kit.js'

afterAll(stopAll)

let hashing: AltDaServer
let generic: AltDaServer
beforeAll(async () => {
  hashing = await server()
  generic = await server({ genericLayer: 7 })
})

daSuite({
  name: 'altda, keccak commitments',
  describe,
  test,
  create: async () => altda({ url: hashing.url }),
  features: { ranges: true },
  reader: async () => altda({ url: hashing.url }),
  through: { url: () => hashing.url, create: async (url) => altda({ url, timeoutMs: 1_000 }) },
  unreachable: async () => altda({ url: 'http://127.0.0.1:1' }),
})

const verifiers = { 7: keccakLayer }
const mode = { commitments: 'generic', verifiers } as const
daSuite({
  name: 'altda, generic commitments',
  describe,
  test,
  create: async () => altda({ url: generic.url, ...mode }),
  features: { ranges: true },
  reader: async () => altda({ url: generic.url, verifiers }),
  kind: 'altda',
  through: {
    url: () => generic.url,
    create: async (url) => altda({ url, ...mode, timeoutMs: 1_000, putTimeoutMs: 5_000 }),
  },
  unreachable: async () => altda({ url: 'http://127.0.0.1:1', ...mode }),
})

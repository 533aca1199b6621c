import { afterAll, describe, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { altda, keccakLayer, type AltDaServer } from '../src/index.js'
import { server, stopAll } from './kit.js'

afterAll(stopAll)

let hashing: Promise<AltDaServer> | undefined
daSuite({
  name: 'altda, keccak commitments',
  describe,
  test,
  create: async () => altda({ url: (await (hashing ??= server())).url }),
  features: { ranges: true },
  reader: async () => altda({ url: (await hashing!).url }),
  unreachable: async () => altda({ url: 'http://127.0.0.1:1' }),
})

let generic: Promise<AltDaServer> | undefined
const verifiers = { 7: keccakLayer }
const mode = { commitments: 'generic', verifiers } as const
daSuite({
  name: 'altda, generic commitments',
  describe,
  test,
  create: async () => altda({ url: (await (generic ??= server({ genericLayer: 7 }))).url, ...mode }),
  features: { ranges: true },
  reader: async () => altda({ url: (await generic!).url, verifiers }),
  unreachable: async () => altda({ url: 'http://127.0.0.1:1', ...mode }),
})

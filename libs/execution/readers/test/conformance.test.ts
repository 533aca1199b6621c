import { describe, test } from '@jest/globals'
import { executionSuite } from '@animechain/conformance'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import { readers } from '../src/index.js'
import { inThisRealm } from './realm.js'

executionSuite({
  name: 'wasm with readers',
  describe,
  test,
  create: () => inThisRealm(readers({ engine: wasm(), limits: { threads: 1 } })),
})
executionSuite({
  name: 'ethereumjs with readers',
  describe,
  test,
  create: () => inThisRealm(readers({ engine: ethereumjs(), limits: { threads: 1 } })),
})

import { describe, test } from '@jest/globals'
import { executionSuite } from '@animechain/conformance'
import { wasm } from '../src/index.js'

executionSuite({ name: 'wasm', describe, test, create: () => wasm() })

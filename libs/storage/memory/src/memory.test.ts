import { describe, test } from '@jest/globals'
import { storageSuite } from '@animechain/conformance'
import { memory } from './memory.js'

storageSuite({ name: 'memory', describe, test, create: async () => memory() })

import { describe, test } from '@jest/globals'
import { codecSuite } from '@animechain/conformance'
import { batchCodec } from '../src/index.js'

codecSuite({ name: 'columnar', describe, test, create: () => batchCodec() })

import { describe, test } from '@jest/globals'
import { executionSuite } from '@animechain/conformance'
import { ethereumjs } from '../src/index.js'

executionSuite({ name: 'ethereumjs', describe, test, create: ethereumjs })

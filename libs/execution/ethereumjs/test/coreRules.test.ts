import { expect, test } from '@jest/globals'
import * as core from '@animechain/core'
import fc from 'fast-check'
import * as own from '../src/rules.js'

const fork = fc.constantFrom('cancun', 'prague', 'osaka')

test("core's rules of blocks are those of the reference engine", () => {
  fc.assert(
    fc.property(
      fork,
      fc.bigInt(0n, 60_000_000n),
      fc.bigInt(0n, 60_000_000n),
      fc.bigInt(0n, 10n ** 12n),
      fc.bigInt(0n, 60_000_000n),
      fc.bigInt(0n, 9n),
      (name, gasLimit, gasUsed, baseFeePerGas, excessBlobGas, blobs) => {
        const chain: core.ChainConfig = {
          chainId: 1n,
          hardforks: [{ name, timestamp: 0n }],
          eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n },
        }
        const blobGasUsed = blobs * core.gasPerBlob
        const parent = { gasLimit, gasUsed, baseFeePerGas, excessBlobGas, blobGasUsed } as core.Header
        const rules = core.rulesAt(chain, 1n)
        expect(rules).toEqual(own.rulesAt(chain, 1n))
        // A block uses its gas limit at most.
        if (gasUsed <= gasLimit) expect(core.nextBaseFee(chain, parent)).toBe(own.nextBaseFee(chain, parent))
        expect(core.blobBaseFee(rules, excessBlobGas)).toBe(own.blobBaseFee(rules, excessBlobGas))
        expect(core.nextExcessBlobGas(rules, parent)).toBe(own.nextExcessBlobGas(rules, parent))
      },
    ),
    { numRuns: 500 },
  )
})

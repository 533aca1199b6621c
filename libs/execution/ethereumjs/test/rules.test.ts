import { describe, expect, test } from '@jest/globals'
import { rollupChain, type Header } from '@animechain/core'
import fc from 'fast-check'
import { blobBaseFee, nextBaseFee, nextExcessBlobGas, rulesAt } from '../src/rules.js'

const header = (changes: Partial<Header>) =>
  ({ gasLimit: 30_000_000n, gasUsed: 15_000_000n, baseFeePerGas: 1_000n, ...changes }) as Header
const ethereum = {
  ...rollupChain({ chainId: 1n }),
  rollup: undefined,
  eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n },
}

describe('base fee', () => {
  test('stays at the target, and moves by an eighth at most on Ethereum', () => {
    expect(nextBaseFee(ethereum, header({}))).toBe(1_000n)
    expect(nextBaseFee(ethereum, header({ gasUsed: 30_000_000n }))).toBe(1_125n)
    expect(nextBaseFee(ethereum, header({ gasUsed: 0n }))).toBe(875n)
  })
  test('rises by a wei at least in a block that is fuller than its target', () => {
    expect(nextBaseFee(ethereum, header({ gasUsed: 15_000_001n, baseFeePerGas: 7n }))).toBe(8n)
  })
  test('never falls below zero and never moves further than the denominator allows', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.bigInt({ min: 0n, max: 30_000_000n }),
        (baseFeePerGas, gasUsed) => {
          const next = nextBaseFee(ethereum, header({ baseFeePerGas, gasUsed }))
          const change = next > baseFeePerGas ? next - baseFeePerGas : baseFeePerGas - next
          expect(next >= 0n && change <= baseFeePerGas / 8n + 1n).toBe(true)
        },
      ),
    )
  })
})

describe('blob base fee', () => {
  const rules = rulesAt(ethereum, 0n)
  test('is a wei without excess and grows by e with each update fraction (EIP-4844)', () => {
    expect(blobBaseFee(rules, 0n)).toBe(1n)
    expect(blobBaseFee(rules, rules.blobs.baseFeeUpdateFraction)).toBe(2n)
    expect(blobBaseFee(rules, 10n * rules.blobs.baseFeeUpdateFraction)).toBe(22_026n)
  })
  test('keeps part of the excess while execution is dearer than blobs (EIP-7918)', () => {
    const full = header({ excessBlobGas: 0n, blobGasUsed: 9n * 131_072n, baseFeePerGas: 10n ** 9n })
    expect(nextExcessBlobGas(rules, full)).toBe(3n * 131_072n)
    expect(nextExcessBlobGas(rules, { ...full, baseFeePerGas: 1n })).toBe(3n * 131_072n)
    const half = { ...full, excessBlobGas: 10n * 131_072n, blobGasUsed: 6n * 131_072n }
    expect(nextExcessBlobGas(rules, half)).toBe(12n * 131_072n)
    expect(nextExcessBlobGas(rules, { ...half, baseFeePerGas: 1n })).toBe(10n * 131_072n)
  })
})

describe('rules', () => {
  test('are those of the newest fork in force', () => {
    const chain = {
      ...ethereum,
      hardforks: [
        { name: 'cancun', timestamp: 0n },
        { name: 'osaka', timestamp: 100n },
      ] as const,
    }
    expect(rulesAt(chain, 99n).fork).toBe('cancun')
    expect(rulesAt(chain, 100n).fork).toBe('osaka')
    expect(() => rulesAt({ ...chain, hardforks: [] }, 0n)).toThrow('Invalid hardforks')
  })
})

import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hasPlace, keptForKey, variantOf } from '../src/index.js'

const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const said = fc.record({ root: fc.nat(2), tree: fc.nat(2), game: fc.nat(1) })
type Said = { root: number; tree: number; game: number }

test('whatever the order, the evidence that was sent is kept, in three places', () => {
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 12 }), (sent) => {
      const kept: Said[] = []
      const variant = ({ root, tree }: Said) => variantOf({ outputRoot: hash(root), blocksRoot: hash(tree) })
      for (const next of sent) if (hasPlace(kept.map(variant), variant(next))) kept.push(next)
      const roots = (of: Said[]) => new Set(of.map(({ root }) => root)).size
      expect(kept.length).toBeLessThanOrEqual(keptForKey.attestation)
      expect(kept[0]).toEqual(sent[0])
      expect(new Set(kept.map(variant)).size).toBe(kept.length)
      expect(roots(kept)).toBe(Math.min(roots(sent), 2))
      const trees = (of: Said[]) => new Set(of.filter(({ root }) => root === sent[0]!.root).map(variant)).size
      expect(trees(kept)).toBe(Math.min(trees(sent), 2))
    }),
    { numRuns: 2_000 },
  )
})

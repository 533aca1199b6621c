import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hasPlace, keptForKey, variantOf } from '../src/index.js'

const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const said = fc.record({ root: fc.nat(2), tree: fc.nat(2), game: fc.nat(1) })
type Said = { root: number; tree: number; game: number }
const variant = ({ root, tree }: Said) => variantOf({ outputRoot: hash(root), blocksRoot: hash(tree) })
const rootsOf = (of: readonly Said[]) => [...new Set(of.map(({ root }) => root))]
/** Whether there are two trees of one root. */
const hasTrees = (of: readonly Said[]) => new Set(of.map(variant)).size > rootsOf(of).length

/** What a node keeps, that hears these one after the other. */
const hears = (sent: readonly Said[], kept: Said[] = []): Said[] => {
  for (const next of sent) if (hasPlace(kept.map(variant), variant(next))) kept.push(next)
  return kept
}

describe('of attestations of a key and batch', () => {
  test('the evidence that was sent is kept, in three places, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 12 }), (sent) => {
        const kept = hears(sent)
        expect(kept.length).toBeLessThanOrEqual(keptForKey.attestation)
        expect(kept[0]).toEqual(sent[0])
        expect(new Set(kept.map(variant)).size).toBe(kept.length)
        const roots = rootsOf(sent).slice(0, 2)
        expect(rootsOf(kept)).toEqual(expect.arrayContaining(roots))
        expect(hasTrees(kept)).toBe(hasTrees(sent.filter(({ root }) => roots.includes(root))))
        // No more than makes evidence.
        const kinds = [rootsOf(kept).length > 1, hasTrees(kept)].filter(Boolean)
        expect(kept.length).toBe(1 + kinds.length)
      }),
      { numRuns: 500 },
    )
  })

  test('nodes that tell each other what they keep all have the evidence, whatever each heard first', () => {
    const heard = fc.array(fc.tuple(fc.nat(2), said), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(heard, (messages) => {
        const nodes: Said[][] = [[], [], []]
        for (const [node, message] of messages) hears([message], nodes[node])
        // What one keeps reaches all others within as many rounds as there are others.
        for (const _ of nodes) for (const from of nodes) for (const to of nodes) hears(from, to)
        const sent = messages.map(([, message]) => message)
        const roots = rootsOf(sent).length
        for (const kept of nodes) {
          expect(kept.length).toBeLessThanOrEqual(keptForKey.attestation)
          expect(rootsOf(kept)).toHaveLength(Math.min(roots, 2))
          if (roots <= 2) expect(hasTrees(kept)).toBe(hasTrees(sent))
        }
      }),
      { numRuns: 500 },
    )
  })
})

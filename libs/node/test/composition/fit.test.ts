import { describe, expect, test } from '@jest/globals'
import { expectFit } from '../../src/composition/fit.js'
import type { Settings } from '../../src/composition/settings.js'

type Layers = Partial<{
  role: string
  blockTime: number
  rollup: object | undefined
  /** kinds of data: of the DA, of all readers, and those that the inbox takes */
  da: number | number[]
  readers: (number | number[])[]
  inbox: number[]
  getBody: () => void
  engine: string
  engines: string[]
  announcements: object
  sequencer: () => void
}>

function settings(given: Layers): Settings {
  const { role = 'sequencer', blockTime = 1000, da = 2, readers = [da, 1], inbox, getBody } = given
  // Several kinds: one that is composed of others.
  const layer = (kind: number | number[]) => {
    const [prefix, ...more] = [kind].flat()
    return { capabilities: { id: `da${prefix}`, prefix, ...(more.length ? { prefixes: kind } : {}) } }
  }
  return {
    role,
    blockTime,
    announcements: given.announcements,
    chain: { rollup: 'rollup' in given ? given.rollup : {} },
    da: layer(da),
    readers: readers.map(layer),
    settlement: {
      capabilities: { id: 's', ...(inbox && { daPrefixes: inbox }) },
      ...(getBody && { getBody }),
      ...(given.sequencer && { sequencer: given.sequencer }),
    },
    execution: { id: given.engine ?? 'wasm' },
    proving: { capabilities: { id: 'p', ...(given.engines && { engines: given.engines }) } },
  } as unknown as Settings
}

describe('whether the parts of a node fit', () => {
  test.each<[string, Layers]>([
    ['parts that say nothing of each other', {}],
    ['an inbox that takes the kind', { da: 2, inbox: [1, 2] }],
    ['an inbox that takes all kinds of one', { da: [2, 1], readers: [[2, 1]], inbox: [1, 2] }],
    ['forced batches that settlement can read itself', { readers: [2], getBody: () => {} }],
    ['an engine that the proof system knows', { engine: 'wasm', engines: ['other', 'wasm'] }],
    ['announcements by the key that L1 names', { announcements: {}, sequencer: () => {} }],
    ['a verifier with slow blocks', { role: 'verifier', blockTime: 12_000 }],
  ])('%s', (_what, layers) => {
    expect(() => expectFit(settings(layers))).not.toThrow()
  })

  test.each<[string, Layers, string]>([
    ['another role', { role: 'observer' }, 'role'],
    ['blocks faster than a second', { blockTime: 999 }, 'at least 1000 milliseconds'],
    ['no time at all', { blockTime: NaN }, 'at least 1000 milliseconds'],
    ['a chain that is no rollup', { rollup: undefined }, 'rollup rules'],
    ['an inbox that does not take the kind', { da: 3, readers: [3, 1], inbox: [1, 2] }, 'DA kind 3'],
    ['an inbox that takes one kind of two', { da: [1, 3], readers: [[1, 3]], inbox: [1, 2] }, 'DA kind 3'],
    ['an inbox that takes none', { inbox: [] }, 'DA kind 2'],
    ['nobody who reads forced batches', { readers: [2] }, 'DA kind 1'],
    ['announcements that no key signs', { announcements: {} }, 'a settlement that names the key'],
    ['an engine that cannot be proven', { engine: 'other', engines: ['wasm'] }, 'one of the engines wasm'],
  ])('not with %s', (_what, layers, message) => {
    expect(() => expectFit(settings(layers))).toThrow(message)
  })
})

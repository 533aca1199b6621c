import { describe, expect, test } from '@jest/globals'
import { keccak256 } from '@animechain/core'
import { lastNodes, type WrittenNodes } from '../src/lastNodes.js'
import { randomBytes } from './parts.js'

const random = randomBytes(31)

/** Nodes as a block leaves them: 16 bytes of its own, the hash, the node. */
function written(nodes: Uint8Array[]): WrittenNodes {
  const bytes = new Uint8Array(nodes.reduce((size, node) => size + 48 + node.length, 0))
  const [hashes, values, lengths]: number[][] = [[], [], []]
  let at = 0
  for (const node of nodes) {
    bytes.set(keccak256(node), at + 16)
    bytes.set(node, at + 48)
    hashes!.push(at + 16)
    values!.push(at + 48)
    lengths!.push(node.length)
    at += 48 + node.length
  }
  return { bytes, hashes: hashes!, values: values!, lengths: lengths! }
}
const nodesOf = (count: number, size = 100) => Array.from({ length: count }, () => random(size))

describe('the nodes of the last blocks', () => {
  test('are found by their hash, whatever their number', () => {
    for (const count of [1, 2, 3, 255, 256, 257, 5_000]) {
      const nodes = nodesOf(count)
      const last = lastNodes()
      last.add(written(nodes))
      for (const node of nodes) expect(last.get(keccak256(node))).toEqual(node)
      for (const node of nodesOf(100)) expect(last.get(keccak256(node))).toBeUndefined()
    }
  })

  test('are told apart by all of the hash', () => {
    const [node] = nodesOf(1)
    const last = lastNodes()
    last.add(written([node!]))
    const close = keccak256(node!)
    close[31]! ^= 1
    expect(last.get(close)).toBeUndefined()
  })

  test('are found even where two blocks wrote the same, and not at all before a block', () => {
    const [node] = nodesOf(1)
    const last = lastNodes()
    expect(last.get(keccak256(node!))).toBeUndefined()
    last.add(written([]))
    last.add(written([node!]))
    last.add(written([node!]))
    expect(last.get(keccak256(node!))).toEqual(node)
  })

  test('go when four newer blocks came, or when they are too large to keep; the last block stays', () => {
    const last = lastNodes()
    const blocks = Array.from({ length: 5 }, () => nodesOf(3))
    for (const block of blocks) last.add(written(block))
    const isThere = (block: Uint8Array[]) => last.get(keccak256(block[0]!)) !== undefined
    expect(blocks.map(isThere)).toEqual([false, true, true, true, true])
    const large = nodesOf(2, 5 * 2 ** 20)
    last.add(written(large))
    expect([...blocks, large].map(isThere)).toEqual([false, false, false, false, false, true])
  })
})

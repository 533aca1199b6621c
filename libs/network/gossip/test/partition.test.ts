import { describe, expect, it } from '@jest/globals'
import { bytes, heard, mesh, until } from './world.js'

describe('a partition', () => {
  it('heals: both halves get what the other said meanwhile', async () => {
    let isCut = false
    const sides = new Map<string, number>()
    const nodes = await mesh(7, (index) => ({
      p2p: {
        // Who is where is known once they run.
        allowPeer: (peer) => !isCut || (sides.get(peer) ?? 0) === (index < 4 ? 0 : 1),
      },
    }))
    nodes.forEach((node, index) => sides.set(node.peerId!, index < 4 ? 0 : 1))
    isCut = true
    await until(
      () => nodes.every((node, index) => node.peers().length === (index < 4 ? 3 : 2)),
      'the halves to be apart',
    )
    for (let n = 0; n < 15; n++) {
      await nodes[0]!.publish('words', bytes(`left ${n}`))
      await nodes[6]!.publish('words', bytes(`right ${n}`))
    }
    await until(() => nodes.every((node) => heard(node).size === 15), 'each half to have its own')
    for (const [index, node] of nodes.entries())
      expect([...heard(node)].every((said) => said.startsWith(index < 4 ? 'left' : 'right'))).toBe(true)
    isCut = false
    await until(() => nodes.every((node) => heard(node).size === 30), 'all to have all')
    expect(nodes.every((node) => node.health().details.graylisted === 0)).toBe(true)
  })
})

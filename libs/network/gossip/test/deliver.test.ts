import { describe, expect, it } from '@jest/globals'
import { bytes, heard, mesh, start, text, until } from './world.js'

describe('delivery', () => {
  it('brings all messages of seven nodes to all seven', async () => {
    const nodes = await mesh(7)
    const said = nodes.flatMap((_node, index) => Array.from({ length: 43 }, (_, n) => `n${index}-${n}`))
    for (const [index, node] of nodes.entries())
      for (let n = 0; n < 43; n++) await node.publish('words', bytes(`n${index}-${n}`))
    await until(() => nodes.every((node) => heard(node).size === said.length), 'all messages everywhere')
    for (const node of nodes) expect([...heard(node)].sort()).toEqual([...said].sort())
    expect(nodes.every((node) => node.health().ready)).toBe(true)
  })

  it('hands a message over once, with where it came from', async () => {
    const [one, two] = await mesh(2)
    const messages = two!.subscribe('words')
    await one!.publish('words', bytes('g:hello'))
    expect(await one!.publish('words', bytes('g:hello'))).toEqual({ isNew: false, peers: 0 })
    for await (const { bytes: said, key, group, source } of messages) {
      expect([text(said), key, group]).toEqual(['g:hello', 'g:hello', 'g'])
      expect(source).toEqual({ kind: 'peer', peer: one!.peerId })
      break
    }
    await one!.publish('words', bytes('g:more'))
    await until(() => heard(two!).has('g:more'), 'the second message')
    expect(two!.recent('words', { group: 'g' })).toHaveLength(2)
    expect(two!.recent('words', { group: 'h' })).toHaveLength(0)
  })

  it('gives a late comer what it missed', async () => {
    const one = await start()
    for (let n = 0; n < 20; n++) await one.publish('words', bytes(`early ${n}`))
    const two = await start({ p2p: { peers: one.addresses } })
    await until(() => heard(two).size === 20, 'what was said before')
    expect([...heard(two)]).toEqual([...heard(one)])
  })

  it('keeps its identity, and refuses to run before the start and after the end', async () => {
    const node = await start()
    await node.stop()
    await expect(node.publish('words', bytes('late'))).rejects.toMatchObject({ code: 'GOSSIP_NOT_RUNNING' })
    expect(node.peerId).toBeUndefined()
    await node.start()
    expect(await node.publish('words', bytes('again'))).toEqual({ isNew: true, peers: 0 })
  })
})

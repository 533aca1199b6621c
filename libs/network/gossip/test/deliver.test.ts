import { describe, expect, it } from '@jest/globals'
import type { Metrics } from '@animechain/core'
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

  it('counts what it did, by topic', async () => {
    const counts: Record<string, number> = {}
    const count = (name: string, by: number, labels: Record<string, string> = {}) => {
      const key = [name, ...Object.values(labels)].join(' ')
      counts[key] = (counts[key] ?? 0) + by
    }
    const metrics: Metrics = {
      counter: ({ name }) => ({ inc: (by = 1, labels) => count(name, by, labels) }),
      gauge: ({ name }) => ({ set: (value) => void (counts[name] = value) }),
      histogram: () => ({ observe() {} }),
    }
    const one = await start({ metrics, bounds: { maxQueue: 1 } })
    const two = await start({ p2p: { peers: one.addresses } })
    await until(() => counts['gossip_peers'] === 1, 'the peer to be counted')
    one.subscribe('words')
    for (const word of ['a', 'b', 'c']) await two.publish('words', bytes(word))
    await until(() => heard(one).size === 3, 'the messages')
    await one.publish('words', bytes('a'))
    await expect(one.publish('words', bytes('bad'))).rejects.toMatchObject({ code: 'GOSSIP_REFUSED' })
    await expect(one.publish('words', bytes('later'))).rejects.toMatchObject({ code: 'GOSSIP_REFUSED' })
    expect(counts).toMatchObject({
      'gossip_received_total words peer': 3,
      'gossip_received_total words self': 3,
      'gossip_accepted_total words': 3,
      'gossip_duplicates_total words': 1,
      'gossip_rejected_total words': 1,
      'gossip_ignored_total words': 1,
      'gossip_dropped_total words queue': 2,
    })
  })

  it('leaves no socket and no timer behind when it stops', async () => {
    const open = () =>
      process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Server/.test(name)).length
    const before = open()
    const [one, two] = await mesh(2, () => ({ http: { port: 0 } }))
    const three = await start({ p2p: false, httpPeers: [one!.httpUrl!], httpPollMs: 20 })
    await until(() => three.health().ready, 'the server to answer')
    expect(open()).toBeGreaterThan(before)
    await Promise.all([one!.stop(), two!.stop(), three.stop()])
    await until(() => open() <= before, 'everything to be closed')
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

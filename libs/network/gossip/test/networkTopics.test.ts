import { describe, expect, it } from '@jest/globals'
import { bytesToHex, type Address, type Hash } from '@animechain/core'
import {
  decodeList,
  decodeMessage,
  encodeMessage,
  signMessage,
  type MessageKind,
  type MessageOfKind,
} from '@animechain/network-protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { alarmTopic, gossip, networkTopics, type GossipNode, type NetworkRules } from '../src/index.js'
import { loopback, stopAfter, until } from './world.js'

const hash = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
const account = (n: number) => privateKeyToAccount(hash(n))
const domain = { chainId: 1, registry: '0x00000000000000000000000000000000000000a1' } as const
const blocks = { chainId: 9 }
const game: Address = '0x00000000000000000000000000000000000000b2'
const members = [1, 2, 3].map((n) => account(n).address.toLowerCase())

const rules: NetworkRules = {
  domain,
  blocks,
  isMember: (signer) => members.includes(signer),
  isAboutGame: (alarm) => (alarm.game === game ? true : undefined),
  isSequencer: async (signer) => signer === account(9).address.toLowerCase(),
}

const attestation = (outputRoot: number, batchIndex = 7n, blocksRoot = 6) => ({
  ...{ game, batchIndex, batchAcc: hash(5), l2BlockNumber: 12n, epoch: 3n },
  ...{ outputRoot: hash(outputRoot), blocksRoot: hash(blocksRoot) },
})
const alarm = (derived: number, of = game) => ({
  ...{ game: of, batchIndex: 7n, batchAcc: hash(5), l2BlockNumber: 12n },
  ...{ claimed: hash(1), derived: hash(derived) },
})
const block = (number: bigint, salt = 0) => ({
  ...{ number, hash: hash(100 + salt), parentHash: hash(3), payloadHash: hash(4), timestamp: 1n },
})

async function signed<kind extends MessageKind>(kind: kind, by: number, message: MessageOfKind[kind]) {
  return encodeMessage(
    kind,
    await signMessage(account(by), kind, (kind === 'block' ? blocks : domain) as never, message),
  )
}

async function pair(): Promise<GossipNode<MessageKind>[]> {
  const options = { chainId: 9n, topics: networkTopics(rules), bounds: loopback }
  const one = stopAfter(gossip({ ...options, http: { port: 0 } }))
  await one.start()
  const two = stopAfter(gossip({ ...options, p2p: { peers: one.addresses } }))
  await two.start()
  await until(() => one.peers().length === 1, 'the two to be connected')
  return [one, two]
}

describe('the topics of the verifier network', () => {
  it('carry messages to where they are listed under their own paths', async () => {
    const [one, two] = await pair()
    const list = async (path: string) => {
      const response = await fetch(`${one!.httpUrl}${path}`)
      return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) }
    }
    expect((await list('/v1/blocks/latest')).status).toBe(404)
    for (const by of [1, 2, 3])
      await two!.publish('attestation', await signed('attestation', by, attestation(1)))
    await two!.publish('attestation', await signed('attestation', 1, attestation(1, 8n)))
    await two!.publish('alarm', await signed('alarm', 77, alarm(2)))
    await two!.publish('block', await signed('block', 9, block(11n)))
    await two!.publish('block', await signed('block', 9, block(10n, 1)))
    const count = () =>
      one!.recent('attestation').length + one!.recent('alarm').length + one!.recent('block').length
    await until(() => count() === 7, 'all messages')
    const of7 = decodeList('attestation', (await list('/v1/attestations/7')).body)
    expect(of7.ok && of7.value.map(({ message }) => message.batchIndex)).toEqual([7n, 7n, 7n])
    const alarms = decodeList('alarm', (await list('/v1/alarms')).body)
    expect(alarms.ok && alarms.value.map(({ message }) => message)).toEqual([alarm(2)])
    const latest = decodeMessage('block', (await list('/v1/blocks/latest')).body)
    expect(latest.ok && latest.value.message.number).toBe(11n)
    expect((await list('/v1/attestations/9')).body).toHaveLength(0)
    expect((await list('/v1/attestations')).status).toBe(404)
  })

  it('keep two attestations of a key and batch as proof of equivocation, and three alarms of a game', async () => {
    const [one] = await pair()
    const said = []
    for (const root of [1, 2, 3])
      said.push((await one!.publish('attestation', await signed('attestation', 1, attestation(root)))).isNew)
    for (const by of [50, 51, 52, 53])
      said.push((await one!.publish('alarm', await signed('alarm', by, alarm(by)))).isNew)
    expect(said).toEqual([true, true, false, true, true, true, false])
  })

  it('keep a second root that comes after a second tree, and give no place to another epoch', async () => {
    const [one, two] = await pair()
    const said = []
    for (const message of [
      attestation(1),
      { ...attestation(1), epoch: 4n },
      attestation(1, 7n, 8),
      attestation(1, 7n, 9),
      attestation(2),
      attestation(3),
    ])
      said.push((await one!.publish('attestation', await signed('attestation', 1, message))).isNew)
    expect(said).toEqual([true, false, true, false, true, false])
    await until(() => two!.recent('attestation').length === 3, 'the evidence at the neighbour')
  })

  it('bring evidence of both kinds to three nodes, each of which heard another attestation of the key first', async () => {
    const options = { chainId: 9n, topics: networkTopics(rules), bounds: loopback }
    const nodes = [1, 2, 3].map(() => stopAfter(gossip(options)))
    for (const node of nodes) await node.start()
    const [tree, otherTree, otherRoot] = [attestation(1), attestation(1, 7n, 8), attestation(2, 7n, 9)]
    const said = await Promise.all(
      [tree, otherTree, otherRoot].map((message) => signed('attestation', 1, message)),
    )
    for (const [i, node] of nodes.entries()) await node.publish('attestation', said[i]!)
    const kept = (node: GossipNode<MessageKind>) =>
      node.recent('attestation').map(({ bytes }) => bytesToHex(bytes))
    // Nobody knows of the others yet.
    expect(nodes.map(kept)).toEqual(said.map((bytes) => [bytesToHex(bytes)]))
    await nodes[1]!.addPeers(nodes[0]!.addresses)
    await nodes[2]!.addPeers(nodes[1]!.addresses)
    await until(() => nodes.every((node) => kept(node).length === 3), 'all three at each of the three')
    for (const [i, node] of nodes.entries()) {
      expect(kept(node)[0]).toBe(bytesToHex(said[i]!))
      expect(kept(node)).toEqual(expect.arrayContaining(said.map((bytes) => bytesToHex(bytes))))
    }
  })

  it('reject what is not signed, and ignore what L1 does not bear out', async () => {
    const topics = networkTopics(rules)
    const verdict = async (kind: MessageKind, bytes: Uint8Array) =>
      (await topics[kind].judge(bytes, { kind: 'self' })).verdict
    const good = await signed('attestation', 1, attestation(1))
    expect(await verdict('attestation', good)).toBe('accept')
    expect(await verdict('attestation', good.subarray(1))).toBe('reject')
    expect(await verdict('attestation', await signed('attestation', 4, attestation(1)))).toBe('ignore')
    expect(await verdict('alarm', await signed('alarm', 1, alarm(1, `0x${'c3'.repeat(20)}`)))).toBe('ignore')
    const wary = alarmTopic({ domain, isAboutGame: (_alarm, signer) => `${signer} lied before` })
    expect(await wary.judge(await signed('alarm', 1, alarm(1)), { kind: 'self' })).toEqual({
      verdict: 'ignore',
      reason: `${members[0]} lied before`,
    })
    expect(await verdict('block', await signed('block', 1, block(1n)))).toBe('ignore')
    let rejected = 0
    for (let at = 0; at < good.length; at += 5) {
      const changed = good.slice()
      changed[at] = changed[at]! ^ 0x81
      // Another message has another signer, who is no member; or it has none.
      const said = await verdict('attestation', changed)
      expect(said).not.toBe('accept')
      if (said === 'reject') rejected++
    }
    expect(rejected).toBeGreaterThan(20)
  })
})

import { describe, expect, it } from '@jest/globals'
import { framed } from '../src/p2p/frames.js'
import { gossipFrame, rawPeer } from './raw.js'
import { bytes, heard, mesh, randomBytes, start, until } from './world.js'

const TOPIC = '/animechain/9/words/1'
const GOSSIP = '/meshsub/1.1.0'

describe('peers without manners', () => {
  it('graylists who floods with what is rejected, and goes on delivering', async () => {
    const [target, honest] = await mesh(2)
    const flooder = await rawPeer(target!.addresses[0]!)
    const stream = await flooder.open(GOSSIP)
    let sent = 0
    while (flooder.isConnected() && sent < 20_000) {
      const messages = Array.from({ length: 50 }, () => bytes(`bad ${sent++}`))
      if (stream.status !== 'open') break
      stream.send(gossipFrame(TOPIC, messages))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await until(() => !flooder.isConnected(), 'the flooder to be cut off')
    expect(target!.health().details.graylisted).toBe(1)
    await honest!.publish('words', bytes('still here'))
    await until(() => heard(target!).has('still here'), 'the honest message')
    expect(honest!.health().details.graylisted).toBe(0)
    // Neither by what it had nor anew.
    await expect(flooder.open(GOSSIP)).rejects.toThrow()
    await expect(flooder.dial()).rejects.toThrow()
  })

  it('drops what is beyond the rate, blames nobody who is merely fast, and cuts off who floods with duplicates', async () => {
    const [target, honest] = await mesh(2, () => ({
      bounds: { peerRate: { perSecond: 50, burst: 100 } },
    }))
    const flooder = await rawPeer(target!.addresses[0]!)
    const stream = await flooder.open(GOSSIP)
    stream.send(
      gossipFrame(
        TOPIC,
        Array.from({ length: 150 }, (_, n) => bytes(`fast ${n}`)),
      ),
    )
    await until(() => heard(target!).size >= 100, 'what the rate allows')
    expect(target!.health().details.graylisted).toBe(0)
    expect(heard(target!).size).toBeLessThan(150)
    for (let sent = 0; sent < 4_000 && stream.status === 'open'; sent += 100) {
      stream.send(
        gossipFrame(
          TOPIC,
          Array.from({ length: 100 }, () => bytes('fast 1')),
        ),
      )
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await until(() => target!.health().details.graylisted === 1, 'the flooder on the graylist')
    await until(() => !flooder.isConnected(), 'the flooder to be cut off')
    await honest!.publish('words', bytes('still here'))
    await until(() => heard(target!).has('still here'), 'the honest message')
    expect(honest!.health().details.graylisted).toBe(0)
  })

  it('survives frames that are none, and blames them on who sent them', async () => {
    const target = await start()
    const malformed = await rawPeer(target.addresses[0]!)
    const stream = await malformed.open(GOSSIP)
    // No field has this wire type.
    for (let n = 0; n < 4; n++) stream.send(framed(Uint8Array.of(0x7f, n)))
    await until(() => target.health().details.graylisted === 1, 'the peer on the graylist')
    await until(() => !malformed.isConnected(), 'the peer to be cut off')

    const tooLong = await rawPeer(target.addresses[0]!)
    ;(await tooLong.open(GOSSIP)).send(Uint8Array.of(0xff, 0xff, 0xff, 0x01))
    await until(() => !tooLong.isConnected(), 'who announces too much to be cut off')

    const random = randomBytes(7)
    for (let n = 0; n < 6; n++) {
      const peer = await rawPeer(target.addresses[0]!)
      for (const protocol of [GOSSIP, '/animechain/9/recent/1', '/animechain/9/payload/1']) {
        const opened = await peer.open(protocol).catch(() => undefined)
        for (let frames = 0; frames < 10 && opened?.status === 'open'; frames++) {
          const noise = random(1 + ((n * 37 + frames * 61) % 700))
          opened.send(frames % 3 === 0 ? noise : framed(noise))
        }
      }
      await peer.stop()
    }
    const well = await start({ p2p: { peers: target.addresses } })
    await until(() => target.peers().some(({ peer }) => peer === well.peerId), 'an honest peer')
    await well.publish('words', bytes('well'))
    await until(() => heard(target).has('well'), 'the honest message')
    expect(heard(target).size).toBe(1)
  })

  it('takes no more peers than it may', async () => {
    const target = await start({ bounds: { maxPeers: 2 } })
    await rawPeer(target.addresses[0]!)
    await rawPeer(target.addresses[0]!)
    await expect(rawPeer(target.addresses[0]!)).rejects.toThrow()
    expect(target.peers()).toHaveLength(2)
  })

  it('counts what is longer than a message may be as rejected', async () => {
    const target = await start()
    const peer = await rawPeer(target.addresses[0]!)
    const stream = await peer.open(GOSSIP)
    stream.send(
      gossipFrame(
        TOPIC,
        Array.from({ length: 12 }, (_, n) => new Uint8Array(4_097).fill(n + 1)),
      ),
    )
    await until(() => target.health().details.graylisted === 1, 'the peer on the graylist')
    await expect(target.publish('words', new Uint8Array(4_097))).rejects.toMatchObject({
      code: 'GOSSIP_REFUSED',
    })
    expect(target.recent('words')).toHaveLength(0)
  })
})

import { afterEach, describe, expect, test } from '@jest/globals'
import { addressOf, block, hashes, transfer, world, type World } from './kit.js'

let w: World
afterEach(() => w?.stop())

describe('a sequencer and a verifier', () => {
  test('a fresh verifier derives the same hashes from L1 alone', async () => {
    w = world()
    const sequencer = await w.sequencer()
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 10n ** 18n })
    await sequencer.services.derivation.tick()
    for (let nonce = 0; nonce < 3; nonce++) {
      await sequencer.pool!.add(await transfer(1, nonce))
      await sequencer.pool!.add(await transfer(2, nonce))
      await block(w, sequencer)
      await sequencer.services.batcher!.tick()
    }
    expect(sequencer.chain.head('latest').number).toBe(3n)
    expect(sequencer.chain.head('safe').number).toBe(3n)
    expect(sequencer.chain.blockByNumber(1n)!.transactions).toHaveLength(4)

    const verifier = await w.verifier()
    expect(hashes(verifier)).toEqual(hashes(sequencer))
    expect((await verifier.outputAt(3n)).outputRoot).toBe((await sequencer.outputAt(3n)).outputRoot)
  })
})

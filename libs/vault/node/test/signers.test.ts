import { describe, expect, it } from '@jest/globals'
import { recovery } from '@animechain/tx'
import {
  isKeySignature,
  keyOfSignature,
  messageHash,
  signMessage,
  signerOf,
} from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'
import type { Hex } from '@animechain/core'
import { random } from './kit.ts'

const domain = { chainId: 4242, registry: `0x${'42'.repeat(20)}` } as const

describe('keys of signatures', () => {
  it('are those that viem finds', async () => {
    expect(recovery().id).not.toBe('js')
    for (let i = 0; i < 20; i++) {
      const account = privateKeyToAccount(random())
      const held = { shareSet: random(), index: i }
      const { signature } = await signMessage(account as never, domain, 'ShareHeld', held)
      const hash = messageHash(domain, 'ShareHeld', held)
      const address = account.address.toLowerCase()
      expect((await signerOf(domain, 'ShareHeld', { message: held, signature }))?.toLowerCase()).toBe(address)
      expect(keyOfSignature(hash, signature, recovery())).toBe(address)
    }
  })

  it('are none where the signature is of another form', async () => {
    const account = privateKeyToAccount(random())
    const { signature } = await signMessage(account as never, domain, 'ShareHeld', {
      shareSet: random(),
      index: 1,
    })
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const word = (value: bigint) => value.toString(16).padStart(64, '0')
    const [r, s, v] = [signature.slice(2, 66), signature.slice(66, 130), signature.slice(130)]
    const bad: Hex[] = [
      `0x${r}${word(order - BigInt(`0x${s}`))}${v === '1b' ? '1c' : '1b'}`,
      `0x${word(0n)}${s}${v}`,
      `0x${word(order)}${s}${v}`,
      `0x${r}${word(0n)}${v}`,
      `0x${r}${s}00`,
      `0x${r}${s}1d`,
      `0x${r}${s}`,
      `${signature}00`,
      '0x',
    ]
    for (const each of bad) {
      expect(isKeySignature(each)).toBe(false)
      expect(keyOfSignature(random(), each, recovery())).toBeUndefined()
    }
    // The form is right and no point has this x.
    const none: Hex = `0x${word(5n)}${s}${v}`
    expect(isKeySignature(none)).toBe(true)
    expect(keyOfSignature(random(), none, recovery())).toBeUndefined()
  })
})

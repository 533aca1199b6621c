import { describe, expect, it } from '@jest/globals'
import type { Hash } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import type { MessageSigner } from '@animechain/vault-protocol'
import { memoryStore, sessions, sessionStore } from '../src/index.js'

const domain = { chainId: 901, registry: `0x${'11'.repeat(20)}` } as const
const project: Hash = `0x${'aa'.repeat(32)}`

/** A wallet that counts its prompts, and a clock that is set. */
function desk(refuse = () => false) {
  const account = testAccount(1)
  const state = { prompts: 0, now: 1_800_000_000_000 }
  const signer: MessageSigner = {
    address: account.address,
    async signTypedData(data) {
      state.prompts++
      if (refuse()) throw new Error('no')
      return account.signTypedData(data as never)
    },
  }
  return { state, signer, now: () => state.now }
}
const hour = 3_600_000

describe('sessions', () => {
  it('last eight hours at most, are signed once, and again ahead of their end', async () => {
    const { state, signer, now } = desk()
    const kept = sessions({ domain, signer, now })
    const first = await kept.current(project)
    const { notBefore, expiry } = first.signed.message
    expect(expiry - notBefore).toBe(28_800n)
    expect(await kept.current(project)).toBe(first)
    state.now += 8 * hour - 500_000
    // The old one serves while the new one is signed.
    expect(await kept.current(project)).toBe(first)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await kept.current(project)).hash).not.toBe(first.hash)
    expect(state.prompts).toBe(2)
    expect(() => sessions({ domain, signer, seconds: 28_801 })).toThrow('61 to 28800 seconds')
  })

  it('serve until they are over where the wallet does not sign, then say so', async () => {
    let refuse = false
    const { state, signer, now } = desk(() => refuse)
    const kept = sessions({ domain, signer, now })
    const first = await kept.current(project)
    refuse = true
    state.now += 8 * hour - 200_000
    expect(await kept.current(project)).toBe(first)
    state.now += hour
    await expect(kept.current(project)).rejects.toThrow(
      'The session ended at 2027-01-15T15:59:30Z and the wallet did not sign a new one.',
    )
  })

  it('are found again in a store, by account and project', async () => {
    const { state, signer, now } = desk()
    const store = sessionStore(memoryStore())
    const first = await sessions({ domain, signer, now, store }).current(project)
    const again = sessions({ domain, signer, now, store })
    expect((await again.current(project)).hash).toBe(first.hash)
    expect((await again.current(`0x${'bb'.repeat(32)}`)).hash).not.toBe(first.hash)
    expect(state.prompts).toBe(2)
  })
})

import { describe, expect, it } from '@jest/globals'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { signMessage, type MessageSigner, type VaultDomain } from '@animechain/vault-protocol'
import { embeddedMetadata, retryPause } from '../src/index.ts'
import { descriptors } from '../src/storage/descriptors.ts'
import { random, zeroHash } from './kit.ts'

const domain: VaultDomain = { chainId: 4242, registry: `0x${'11'.repeat(20)}` }
const [owner, delegate] = [testAccount(0), testAccount(1)]
const lower = (address: string) => address.toLowerCase() as `0x${string}`

describe('what a node needs to answer challenges', () => {
  it('keeps the order that the eraser of a blob signed, also once the blob is forgotten, and no other', async () => {
    const metadata = embeddedMetadata(memoryStorage())
    await metadata.start()
    const blobs = descriptors(metadata)
    const [project, object, blob] = [random(), random(), random()]
    const shownBy = async (account: typeof owner) => {
      const by = account as unknown as MessageSigner
      const manifest = await signMessage(by, domain, 'Manifest', {
        ...{
          project,
          object,
          path: [],
          rendition: 0,
          version: 1,
          epoch: 1,
          blob,
          committee: 1n,
          threshold: 3,
        },
        ...{ shareCommitments: [], ownerWrap: '0x', createdAt: 1n },
      })
      const erase = await signMessage(by, domain, 'Erase', { project, object, issuedAt: 2n })
      return { manifest, erase, signer: lower(account.address) }
    }
    const header = `0x${'00'.repeat(80)}` as const
    const shardRoots = Array.from({ length: 5 }, () => zeroHash)
    const descriptor = { header, length: 17n, dataRoot: zeroHash, shardRoots, project }
    await blobs.put(blob, { descriptor, eraser: lower(owner.address) })
    expect(await blobs.erasure(blob)).toBeUndefined()

    await blobs.markGone(blob, await shownBy(delegate))
    await blobs.forget(blob)
    expect(await blobs.erasure(blob)).toBeUndefined()
    expect(await blobs.isGone(blob)).toBe(true)

    const { manifest, erase, signer } = await shownBy(owner)
    await blobs.markGone(blob, { manifest, erase, signer })
    expect(await blobs.erasure(blob)).toEqual({ manifest, erase })
    // Said again without it, or by somebody else: what is kept stays.
    await blobs.markGone(blob)
    await blobs.markGone(blob, await shownBy(delegate))
    expect(await descriptors(metadata).erasure(blob)).toEqual({ manifest, erase })

    // Of a blob that never was here nothing says whose order counts.
    const other = random()
    await blobs.markGone(other, await shownBy(owner))
    expect(await blobs.erasure(other)).toBeUndefined()
    expect(await blobs.isGone(other)).toBe(true)
    await metadata.stop()
  })

  it('tries again the later the more often it failed, and the sooner the less time is left', () => {
    expect(retryPause(1, Infinity)).toBe(2_000)
    expect(retryPause(4, Infinity)).toBe(16_000)
    expect(retryPause(20, Infinity)).toBe(300_000)
    expect(retryPause(20, 40)).toBe(10_000)
    expect(retryPause(1, 0)).toBe(0)
  })
})

import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { grantsAbi } from '@animechain/contracts'
import { type Address, type Hash, type Hex } from '@animechain/core'
import { eventually, testAccount } from '@animechain/testing'
import { newDataKey, openBytes, openRelease, sealBytes, shareCommitment } from '@animechain/vault-format'
import {
  accountSubject,
  denialOf,
  messageHash,
  releaseHash,
  routes,
  sealedShareHash,
  signMessage,
  signerOf,
  signedFromJson,
  type Denial,
  type Manifest,
  type MessageSigner,
  type ReceiptsAnswer,
  type ReleaseAnswer,
  type Signed,
} from '@animechain/vault-protocol'
import { keccak256, stringToHex } from 'viem'
import { chainView } from '../src/index.ts'
import {
  announce,
  answering,
  bodyOf,
  endless,
  evidenceOf,
  grantTo,
  keyFrom,
  members,
  putBlob,
  putManifest,
  random,
  release,
  rpcOf,
  seconds,
  send,
  sessionOf,
  signGrant,
  store,
  zeroHash,
  type Asker,
  type Members,
  type Store,
} from './kit.ts'

let l2: Store
let committee: Members
let asker: Asker
let object: Hash
let manifest: Signed<Manifest>
let dataKey: Uint8Array
let evidence: Hex
const path = [random(), random()]
const animator = testAccount(3)
const account = (of: unknown) => of as MessageSigner

/** An L2 that answers no more, or shows no new blocks. */
let trouble: 'cut' | 'frozen' | undefined
let frozen: unknown

beforeAll(async () => {
  l2 = await store()
  const rpc = rpcOf(l2.chain.url)
  committee = await members(l2, 5, {
    rpc: {
      async request(call) {
        if (trouble === 'cut') throw new Error('the sequencer is gone')
        const isHead = call.method === 'eth_getBlockByNumber' && call.params[0] === 'latest'
        if (isHead && trouble === 'frozen') return (frozen ??= await rpc.request(call))
        return rpc.request(call)
      },
    },
  })
  const put = await putManifest(l2, committee, { path })
  ;({ object, manifest, dataKey } = put)
  asker = await sessionOf(l2, animator)
  evidence = evidenceOf(await announce(l2, grantTo(l2, animator.address)), path)
})
afterAll(async () => {
  await committee?.stop()
  await l2?.stop()
})

const node = () => committee.nodes[0]!

/** What a node says: `released`, or why not; and it says it with a right receipt in its chain. */
async function saidTo(body: unknown): Promise<Denial | 'released' | Hex> {
  const { status, answer } = await release(node(), body)
  const receipt = signedFromJson('Receipt', answer.receipt)
  expect((await signerOf(l2.domain, 'Receipt', receipt))?.toLowerCase()).toBe(node().address)
  const { released, reason, share } = receipt.message
  expect(status).toBe(released ? 200 : 403)
  expect(answer.share !== undefined).toBe(released)
  const given = answer.share
  expect(share).toBe(given ? releaseHash({ sealed: sealedShareHash(given), safe: given.safe }) : zeroHash)
  return released ? 'released' : (denialOf(reason) ?? reason)
}
const ask = async (
  asked: Parameters<typeof bodyOf>[4] | object = {},
  by: Asker = asker,
  shown: Hex = evidence,
) => (await bodyOf(l2, by, node().address, shown, { object, ...asked })).body

describe('a committee of five, over HTTP, with the policy on a real chain', () => {
  it('stores a film, and lets in whom the owner granted it', async () => {
    const content = Buffer.alloc(900_000, 7)
    const key = newDataKey()
    const sealed = await sealBytes({ content, dataKey: key, project: l2.project })
    await putBlob(l2, committee, sealed)
    const film = [random()]
    const { object: id } = await putManifest(l2, committee, { path: film, blob: sealed.blob, dataKey: key })
    const grant = await announce(l2, grantTo(l2, animator.address))
    const got = await keyFrom(l2, committee.nodes, asker, evidenceOf(grant, film), { object: id })
    expect(Buffer.from(got).equals(key)).toBe(true)
    const unit = await fetch(`${node().url}${routes.unit(sealed.blob, 0, 0)}`)
    expect(Buffer.from(await unit.arrayBuffer()).equals(sealed.shards[0]!.subarray(0, 262_160))).toBe(true)
    expect(unit.headers.get('cache-control')).toBe('no-store')
    expect(Buffer.from(await openBytes({ ...sealed, dataKey: got })).equals(content)).toBe(true)
  })

  it('gives a share that opens its commitment, sealed to who asked, bound by the receipt', async () => {
    const { body, ephemeral } = await bodyOf(l2, asker, node().address, evidence, { object })
    const { answer } = await release(node(), body)
    const request = messageHash(l2.domain, 'Request', body.request.message)
    const sealed = Buffer.from(answer.share!.sealed.slice(2), 'hex')
    const opening = await openRelease({
      request,
      node: node().address,
      index: 1,
      sealed,
      privateKey: ephemeral.privateKey,
    })
    expect(shareCommitment({ object, rendition: 0, epoch: 1 }, 1, opening)).toBe(
      manifest.message.shareCommitments[0],
    )
    expect(dataKey).toHaveLength(32)
  })
})

describe('requests that are denied, each with a receipt', () => {
  it('replayed, late, of another session, node, project, purpose or epoch', async () => {
    const once = await ask()
    expect(await saidTo(once)).toBe('released')
    expect(await saidTo(once)).toBe('replayed')
    const { nonce } = once.request.message
    expect(await saidTo(await ask({ nonce }))).toBe('replayed')
    // Only who has the session's key can use a nonce up.
    const own = await ask()
    const forged = { ...own, request: { ...own.request, signature: once.request.signature } }
    expect(await saidTo(forged)).toBe('badSignature')
    expect(await saidTo(own)).toBe('released')
    expect(await saidTo(await ask({ notAfter: seconds() - 5n }))).toBe('requestExpired')
    expect(await saidTo(await ask({ notAfter: seconds() + 600n }))).toBe('requestExpired')
    expect(await saidTo(await ask({ node: committee.nodes[1]!.address }))).toBe('malformed')
    expect(await saidTo(await ask({ session: random() }))).toBe('badSession')
    expect(await saidTo(await ask({ project: random() }))).toBe('otherProject')
    expect(await saidTo(await ask({ purpose: 3 }))).toBe('malformed')
    expect(await saidTo(await ask({ purpose: 64 }))).toBe('malformed')
    expect(await saidTo(await ask({ epoch: 2 }))).toBe('staleEpoch')
    expect(await saidTo(await ask({ rendition: 1 }))).toBe('unknownObject')
    expect(await saidTo(await ask({ evidence: random() }))).toBe('malformed')
    expect(await saidTo(await ask({ ephemeralKey: zeroHash }))).toBe('malformed')
  })

  it('with sessions that are over, too long, narrower, or of somebody else', async () => {
    const session = async (change: object) => saidTo(await ask({}, await sessionOf(l2, animator, change)))
    expect(await session({ expiry: seconds() - 1n })).toBe('sessionExpired')
    expect(await session({ notBefore: seconds() + 60n })).toBe('sessionExpired')
    expect(await session({ expiry: seconds() + 9n * 3_600n })).toBe('badSession')
    expect(await session({ purposes: 2 })).toBe('badSession')
    expect(
      await session({ subject: accountSubject({ chainId: 31_337, address: testAccount(5).address }) }),
    ).toBe('badSignature')
    expect(await session({ subject: accountSubject({ chainId: 1, address: testAccount(5).address }) })).toBe(
      'otherChain',
    )
    // A right session of an account of another chain, whom no grant names.
    expect(await session({ subject: accountSubject({ chainId: 1, address: animator.address }) })).toBe(
      'wrongSubject',
    )
    expect(await saidTo(await ask({}, await sessionOf(l2, testAccount(4))))).toBe('wrongSubject')
  })

  it('signed for another chain or another registry', async () => {
    for (const domain of [
      { ...l2.domain, chainId: 1 },
      { ...l2.domain, registry: `0x${'77'.repeat(20)}` as Address },
    ]) {
      const other = await sessionOf({ ...l2, domain }, animator, { subject: asker.session.message.subject })
      const { body } = await bodyOf({ ...l2, domain }, other, node().address, evidence, { object })
      expect(await saidTo(body)).toBe('badSignature')
      // The session alone.
      const mixed = await bodyOf(l2, { ...other, session: other.session }, node().address, evidence, {
        object,
      })
      expect(await saidTo(mixed.body)).toBe('badSignature')
    }
  })

  it('with grants that are not there, forged, or of another project', async () => {
    const forged = await signGrant(l2, grantTo(l2, animator.address), testAccount(6))
    expect(await saidTo(await ask({}, asker, evidenceOf(forged, path)))).toBe('noGrant')
    const elsewhere = await signGrant(l2, grantTo(l2, animator.address, { project: random() }))
    expect(await saidTo(await ask({}, asker, evidenceOf(elsewhere, path)))).toBe('unknownProject')
    expect(await saidTo(await ask({}, asker, '0x1234'))).toBe('malformed')
    const narrow = await announce(l2, grantTo(l2, animator.address, { scope: random() }))
    expect(await saidTo(await ask({}, asker, evidenceOf(narrow, path)))).toBe('wrongScope')
  })

  it('that are no requests at all', async () => {
    for (const body of [
      '',
      'nonsense',
      '{}',
      '[]',
      JSON.stringify({ session: 1, request: 2, evidence: '0x' }),
    ]) {
      const response = await fetch(`${node().url}${routes.release}`, { method: 'POST', body })
      expect(response.status).toBe(403)
      const { receipt } = (await response.json()) as ReleaseAnswer
      expect(receipt.message).toMatchObject({
        project: zeroHash,
        request: keccak256(stringToHex(body)),
        released: false,
      })
      expect(denialOf(receipt.message.reason)).toBe('malformed')
    }
    const long = await fetch(`${node().url}${routes.release}`, { method: 'POST', body: 'x'.repeat(300_000) })
    expect(long.status).toBe(413)
  })

  it('of wallets that lie about their signature', async () => {
    const magic = '0x1626ba7e'
    const wallets: [string, Hex, Denial | 'released'][] = [
      ['says true', answering(`0x${'00'.repeat(31)}01`), 'badSignature'],
      ['gives the value without its padding', answering(magic, 4), 'badSignature'],
      ['gives more behind it', answering(magic, 64), 'badSignature'],
      ['gives something behind the value', answering(`${magic}${'ff'.repeat(28)}`), 'badSignature'],
      ['takes all gas', endless(), 'badSignature'],
      ['is honest, and has no grant', answering(magic), 'wrongSubject'],
    ]
    for (const [what, code, expected] of wallets) {
      const subject = accountSubject({ chainId: l2.domain.chainId, address: await l2.create(code) })
      expect([what, await saidTo(await ask({}, await sessionOf(l2, testAccount(8), { subject })))]).toEqual([
        what,
        expected,
      ])
    }
  })
})

describe('receipts', () => {
  it('are a chain without a gap, which the owner reads with what was asked', async () => {
    const read = async (by: unknown, change: object = {}) =>
      send(`${node().url}${routes.receipts}`, {
        read: await signMessage(account(by), l2.domain, 'ProjectRead', {
          project: l2.project,
          node: node().address,
          notAfter: seconds() + 60n,
          ...change,
        }),
        from: 0n,
        limit: 1_000,
      })
    const { entries, next } = (await (await read(l2.owner)).json()) as ReceiptsAnswer
    let previous: Hash = zeroHash
    for (const [i, entry] of entries.entries()) {
      const { message } = signedFromJson('Receipt', entry.receipt)
      expect(message).toMatchObject({ sequence: BigInt(i), previous, project: l2.project })
      previous = messageHash(l2.domain, 'Receipt', message)
    }
    expect(`${next}`).toBe(`${entries.length}`)
    const released = entries.filter(({ receipt }) => receipt.message.released)
    expect(released.length).toBeGreaterThan(3)
    for (const { receipt, body } of released)
      expect(messageHash(l2.domain, 'Request', signedFromJson('Request', body!.request).message)).toBe(
        receipt.message.request,
      )
    expect((await read(testAccount(4))).status).toBe(403)
    expect((await read(l2.owner, { node: committee.nodes[1]!.address })).status).toBe(403)
    expect((await read(l2.owner, { notAfter: seconds() - 1n })).status).toBe(403)
  })
})

describe('what takes effect at once', () => {
  it('a grant that the chain takes back, and RevokeNow while the sequencer lets nothing through', async () => {
    const grant = await announce(l2, grantTo(l2, animator.address))
    const shown = evidenceOf(grant, path)
    expect(await saidTo(await ask({}, asker, shown))).toBe('released')
    const order = {
      project: l2.project,
      grant: messageHash(l2.domain, 'Grant', grant.message),
      issuedAt: seconds(),
    }
    const revoke = async (by: unknown) =>
      send(`${node().url}${routes.revokeNow}`, await signMessage(account(by), l2.domain, 'RevokeNow', order))
    expect((await revoke(testAccount(4))).status).toBe(403)
    expect(await saidTo(await ask({}, asker, shown))).toBe('released')
    expect((await revoke(l2.owner)).status).toBe(204)
    // No block has come meanwhile, and none has to.
    expect(await saidTo(await ask({}, asker, shown))).toBe('revoked')

    const other = await announce(l2, grantTo(l2, animator.address))
    expect(await saidTo(await ask({}, asker, evidenceOf(other, path)))).toBe('released')
    const { wallet, grants } = l2
    const id = messageHash(l2.domain, 'Grant', other.message)
    await l2.mined(
      await wallet.writeContract({
        address: grants,
        abi: grantsAbi,
        functionName: 'revoke',
        args: [l2.project, id],
      }),
    )
    // A node may go by the block that it saw a moment ago.
    const isRevoked = async () => (await saidTo(await ask({}, asker, evidenceOf(other, path)))) === 'revoked'
    await eventually('the node to see it', isRevoked, { timeoutMs: 2_000, intervalMs: 20 })
  })

  it('a view that is too old: nothing is released', async () => {
    expect(await saidTo(await ask())).toBe('released')
    try {
      for (const each of ['cut', 'frozen'] as const) {
        trouble = each
        await eventually('the view to be stale', async () => (await saidTo(await ask())) === 'staleView')
        expect(await saidTo(await ask())).toBe('staleView')
      }
    } finally {
      trouble = undefined
    }
    await eventually('the view to be fresh', async () => (await saidTo(await ask())) === 'released')
  })

  it('a grant that only the head has is not enough where the owner did not sign it', async () => {
    // On chain by the owner's transaction, without a signature that the node could check itself.
    const grant = grantTo(l2, animator.address)
    const { wallet, grants } = l2
    await l2.mined(
      await wallet.writeContract({
        address: grants,
        abi: grantsAbi,
        functionName: 'grant',
        args: [grant, '0x'],
      }),
    )
    const shown = evidenceOf({ message: grant, signature: '0x' }, path)
    const first = await saidTo(await ask({}, asker, shown))
    expect(['notSafe', 'released']).toContain(first)
    await eventually('it to be safe', async () => (await saidTo(await ask({}, asker, shown))) === 'released')
  })
})

describe('manifests', () => {
  it('are taken from the owner alone, with the share of this node, and never backwards', async () => {
    const put = async (change: Partial<Manifest>, by: unknown = l2.owner, body: object = {}) => {
      const signed = await signMessage(account(by), l2.domain, 'Manifest', { ...manifest.message, ...change })
      const { object: id, rendition } = signed.message
      const json = { manifest: signed, index: 1, sealedShare: `0x${'11'.repeat(80)}`, ...body }
      return (await send(`${node().url}${routes.manifest(id, rendition)}`, json, 'PUT')).status
    }
    expect(await put({ epoch: 2 })).toBe(400)
    expect(await put({ epoch: 2 }, testAccount(4))).toBe(403)
    expect(await put({ version: 2 })).toBe(409)
    expect(await put({ epoch: 2_000 })).toBe(409)
    expect(await put({ epoch: 2, committee: 9n })).toBe(400)
    expect(await put({ epoch: 2 }, l2.owner, { index: 2 })).toBe(400)
    expect(await put({ epoch: 2, path: [random()] })).toBe(400)
    expect(await put({ epoch: 2, threshold: 2 })).toBe(400)
    // The same once more is the same.
    expect(await saidTo(await ask())).toBe('released')
    const again = await fetch(`${node().url}${routes.manifest(object, 0)}`)
    expect(signedFromJson('Manifest', await again.json())).toEqual(manifest)
    expect((await fetch(`${node().url}${routes.manifest(random(), 0)}`)).status).toBe(404)
  })

  it('of the next epoch end the one before', async () => {
    const cut = [random()]
    const first = await putManifest(l2, committee, { path: cut })
    await putManifest(l2, committee, { path: cut, epoch: 2 })
    const shown = evidenceOf(await announce(l2, grantTo(l2, animator.address)), cut)
    expect(await saidTo(await ask({ object: first.object, epoch: 1 }, asker, shown))).toBe('staleEpoch')
    expect(await saidTo(await ask({ object: first.object, epoch: 2 }, asker, shown))).toBe('released')
  })
})

/** Everything that the node has on disk, in hex. */
function disk(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((each) => (statSync(each).isDirectory() ? disk(each) : readFileSync(each).toString('hex')))
    .join('')
}

describe('erasure', () => {
  it('destroys shares and shards, and stays', async () => {
    const film = [random(), random()]
    const key = newDataKey()
    const sealed = await sealBytes({ content: Buffer.alloc(1_000, 3), dataKey: key, project: l2.project })
    await putBlob(l2, committee, sealed)
    const put = await putManifest(l2, committee, { path: film, blob: sealed.blob, dataKey: key })
    const shown = evidenceOf(await announce(l2, grantTo(l2, animator.address)), film)
    expect(await saidTo(await ask({ object: put.object }, asker, shown))).toBe('released')
    const before = disk(committee.folders[0]!).length
    const order = { project: l2.project, object: put.object, issuedAt: seconds() }
    const erase = async (by: unknown, manifests: unknown[] = []) =>
      send(`${node().url}${routes.erase}`, {
        erase: await signMessage(account(by), l2.domain, 'Erase', order),
        manifests,
      })
    expect((await erase(testAccount(4))).status).toBe(403)
    expect((await erase(l2.owner, [manifest])).status).toBe(400)
    expect((await erase(l2.owner)).status).toBe(204)
    expect((await erase(l2.owner)).status).toBe(204)
    expect(await saidTo(await ask({ object: put.object }, asker, shown))).toBe('erased')
    expect(disk(committee.folders[0]!).length).toBeLessThan(before)
    expect((await fetch(`${node().url}${routes.unit(sealed.blob, 0, 0)}`)).status).toBe(410)
    const json = { manifest: put.manifest, index: 1, sealedShare: '0x11' }
    expect((await send(`${node().url}${routes.manifest(put.object, 0)}`, json, 'PUT')).status).toBe(410)
    // Other nodes have theirs until they are told.
    expect((await fetch(`${committee.nodes[1]!.url}${routes.unit(sealed.blob, 1, 0)}`)).status).toBe(200)
  })
})

describe('the view of L2', () => {
  it('knows a project, its powers, and what it cannot see', async () => {
    const { systemClock, silentLogger } = await import('@animechain/core')
    const view = chainView({
      rpc: rpcOf(l2.chain.url),
      registry: l2.registry,
      clock: systemClock,
      logger: silentLogger,
    })
    const head = (await view.head())!
    expect(await view.project(l2.project, head.hash)).toEqual({
      owner: l2.owner.address.toLowerCase(),
      policy: l2.grants,
    })
    expect(await view.project(random(), head.hash)).toBeUndefined()
    expect(await view.powersOf(l2.project, l2.owner.address, head.hash)).toBe(31)
    await expect(view.project(l2.project, random())).rejects.toMatchObject({ code: 'VAULT_L2_UNSEEN' })
    const question = { object, rendition: 0, subject: '0x', purpose: 1, evidence: '0x' } as const
    expect(await view.mayRelease(`0x${'99'.repeat(20)}`, question, head.hash)).toEqual({ status: 'failed' })
    expect(await view.mayRelease(l2.grants, question, random())).toEqual({ status: 'unseen' })
  })
})

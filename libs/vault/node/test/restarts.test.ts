import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { bytesToHex, silentLogger, systemClock, type Hash } from '@animechain/core'
import { file } from '@animechain/storage-file'
import { newKeyPair, type KeyPair } from '@animechain/vault-format'
import {
  denialOf,
  messageHash,
  routes,
  signMessage,
  signedFromJson,
  type MessageSigner,
  type Receipt,
} from '@animechain/vault-protocol'
import { encodeFunctionData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { accessRegistryAbi } from '@animechain/contracts'
import { testAccount } from '@animechain/testing'
import {
  chainView,
  embeddedMetadata,
  fixedCommittees,
  vaultNode,
  type MetadataStore,
  type VaultNode,
} from '../src/index.ts'
import { fileMark } from '../src/keys/mark.ts'
import {
  announce,
  bodyOf,
  evidenceOf,
  grantTo,
  putManifest,
  random,
  release,
  rpcOf,
  seconds,
  send,
  sessionOf,
  store,
  zeroHash,
  type Store,
} from './kit.ts'

/** A key node that ends and starts again, on the disk as it is, on a copy from before, and on none. */
const root = mkdtempSync(join(tmpdir(), 'vault-restarts-'))
const reader = testAccount(3)
const key = random()
const account = privateKeyToAccount(key)
let l2: Store
/** of the node, and of another that is not there */
let shareKeys: KeyPair[]
let folder: string
let node: VaultNode | undefined
/** Whether L2 answers, and what writes of metadata do. */
let isCut = false
let writes: 'work' | 'fail' | 'work and say that they failed' = 'work'

const paths = () => ({ metadata: join(folder, 'store.log'), mark: join(folder, 'receipts.mark') })

function metadataAt(path: string): MetadataStore {
  const inner = embeddedMetadata(file({ path }))
  return {
    ...inner,
    async batch(operations) {
      if (writes !== 'fail') await inner.batch(operations)
      if (writes !== 'work') throw new Error('the disk does not answer')
    },
  }
}

/** Puts a copy of the whole store in the place of another. */
function copyStore(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true })
}

async function start(): Promise<VaultNode> {
  const rpc = rpcOf(l2.chain.url)
  node = vaultNode({
    roles: ['keys'],
    domain: l2.domain,
    signer: account as unknown as MessageSigner,
    shareKey: shareKeys[0]!,
    view: chainView({
      rpc: {
        request: (call) => (isCut ? Promise.reject(new Error('the sequencer is gone')) : rpc.request(call)),
      },
      registry: l2.registry,
      clock: systemClock,
      logger: silentLogger,
    }),
    committees: fixedCommittees(() => {
      const seats = shareKeys.map(({ publicKey }, i) => ({
        key: i === 0 ? node!.address : testAccount(9).address,
        shareKey: bytesToHex(publicKey) as Hash,
        url: '',
      }))
      const group = { threshold: 2, members: seats }
      return [{ storage: group, keys: group }]
    }),
    policies: [l2.grants],
    metadata: metadataAt(paths().metadata),
    folder,
    http: { port: 0 },
  })
  await node.start()
  return node
}

async function stop(): Promise<void> {
  await node?.stop()
  node = undefined
}

const restart = async () => {
  await stop()
  return start()
}

beforeAll(async () => {
  l2 = await store()
  shareKeys = [await newKeyPair(), await newKeyPair()]
})
beforeEach(async () => {
  await stop()
  folder = join(root, random().slice(2, 10))
  mkdirSync(folder)
  ;[isCut, writes] = [false, 'work']
  await start()
})
afterAll(async () => {
  await node?.stop()
  await l2?.stop()
  rmSync(root, { recursive: true, force: true })
})

/** An object with a share here, and who may read it. */
async function granted() {
  const path = [random()]
  const { object } = await putManifest(l2, { nodes: [node!], shareKeys }, { path, threshold: 2 })
  const grant = await announce(l2, grantTo(l2, reader.address))
  const asker = await sessionOf(l2, reader)
  const body = async () => (await bodyOf(l2, asker, node!.address, evidenceOf(grant, path), { object })).body
  return { object, grant, body }
}

const receiptOf = async (body: unknown): Promise<Receipt | undefined> => {
  const { answer } = await release(node!, body)
  return answer.receipt && signedFromJson('Receipt', answer.receipt).message
}
const said = ({ released, reason }: Receipt) => (released ? 'released' : denialOf(reason))
const hashOf = (receipt: Receipt) => messageHash(l2.domain, 'Receipt', receipt)
/** A body that is no request, each another one: its receipt is of project zero. */
const nonsense = () => receiptOf({ nonsense: random() })

describe('a key node that starts again', () => {
  it('knows nonces, goes on with the chain of receipts, and knows orders', async () => {
    const { grant, body } = await granted()
    const once = await body()
    const first = (await receiptOf(once))!
    expect(said(first)).toBe('released')
    await restart()
    const second = (await receiptOf(once))!
    expect(said(second)).toBe('replayed')
    expect(second).toMatchObject({ sequence: first.sequence + 1n, previous: hashOf(first) })
    const third = (await receiptOf(await body()))!
    expect(said(third)).toBe('released')
    const order = { project: l2.project, grant: hashGrant(grant), issuedAt: seconds() }
    const signed = await signMessage(l2.owner as never, l2.domain, 'RevokeNow', order)
    expect((await send(`${node!.url}${routes.revokeNow}`, signed)).status).toBe(204)
    await restart()
    const last = (await receiptOf(await body()))!
    expect(said(last)).toBe('revoked')
    expect(last).toMatchObject({ sequence: third.sequence + 1n, previous: hashOf(third) })
  })

  it('has no fork and no gap where a write failed, whether it is on disk or not', async () => {
    const receipts = [(await nonsense())!]
    for (const how of ['fail', 'work and say that they failed'] as const) {
      writes = how
      expect(await nonsense()).toBeUndefined()
      writes = 'work'
      receipts.push((await nonsense())!)
    }
    await restart()
    receipts.push((await nonsense())!)
    // The receipt of the second failure is there, though nobody was given it.
    expect(receipts.map(({ sequence }) => sequence)).toEqual([0n, 1n, 3n, 4n])
    const stored = await node!.keys!.log.page(zeroHash, 0n, 10)
    let previous: Hash = zeroHash
    for (const [i, { receipt }] of stored.entries()) {
      expect(receipt.message).toMatchObject({ sequence: BigInt(i), previous })
      previous = hashOf(receipt.message)
    }
    for (const receipt of receipts) expect(stored[Number(receipt.sequence)]!.receipt.message).toEqual(receipt)
  })

  it('takes an order as given only once it is on disk', async () => {
    const { body } = await granted()
    const order = { project: l2.project, grant: zeroHash, issuedAt: seconds() }
    const signed = await signMessage(l2.owner as never, l2.domain, 'RevokeNow', order)
    const revoke = async () => (await send(`${node!.url}${routes.revokeNow}`, signed)).status
    writes = 'fail'
    expect(await revoke()).toBe(503)
    writes = 'work'
    expect(await revoke()).toBe(204)
    await restart()
    expect(said((await receiptOf(await body()))!)).toBe('revoked')
  })
})

describe('a key node whose metadata is not the newest', () => {
  const lost = { code: 'VAULT_RECEIPTS_LOST' }

  it('does not start on a copy from before, nor on none, and does on its own', async () => {
    await nonsense()
    await stop()
    const { metadata } = paths()
    copyStore(metadata, `${metadata}.old`)
    await start()
    const newest = (await nonsense())!
    await stop()
    copyStore(metadata, `${metadata}.new`)
    copyStore(`${metadata}.old`, metadata)
    await expect(start()).rejects.toMatchObject(lost)
    await stop()
    rmSync(metadata, { recursive: true })
    await expect(start()).rejects.toMatchObject(lost)
    await stop()
    copyStore(`${metadata}.new`, metadata)
    await start()
    expect(await nonsense()).toMatchObject({ sequence: newest.sequence + 1n, previous: hashOf(newest) })
  })

  it('does not start on a copy of the same length with other receipts', async () => {
    await nonsense()
    await stop()
    const { metadata, mark } = paths()
    copyStore(metadata, `${metadata}.old`)
    const before = readFileSync(mark)
    await start()
    await nonsense()
    await stop()
    const after = readFileSync(mark)
    // The mark was put back too, and the node has signed another receipt in the place of the one that is lost.
    copyStore(`${metadata}.old`, metadata)
    writeFileSync(mark, before)
    await start()
    await nonsense()
    await stop()
    writeFileSync(mark, after)
    await expect(start()).rejects.toMatchObject(lost)
  })

  it('signs nothing where mark and metadata are gone: L2 says that there were receipts, or does not answer', async () => {
    await nonsense()
    await l2.chain.request('anvil_setBalance', [account.address, '0xde0b6b3a7640000'])
    await node!.keys!.anchors.anchor(async (sequence, anchored) => {
      const data = encodeFunctionData({
        abi: accessRegistryAbi,
        functionName: 'anchorReceipts',
        args: [sequence, anchored],
      })
      await l2.mined(await l2.wallet.sendTransaction({ account, to: l2.registry, data } as never))
    })
    await stop()
    for (const path of Object.values(paths())) rmSync(path, { recursive: true })
    isCut = true
    await start()
    expect(await release(node!, {})).toMatchObject({
      status: 503,
      answer: { error: { code: 'VAULT_UNAVAILABLE' } },
    })
    isCut = false
    const { status, answer } = await release(node!, {})
    expect(status).toBe(503)
    expect(answer.receipt).toBeUndefined()
    expect(node!.keys!.log.count).toBe(0n)
    await expect(node!.keys!.anchors.check()).rejects.toMatchObject(lost)
  })
})

describe('the mark of a log', () => {
  it('is the one before where the newest was cut off', async () => {
    const path = join(folder, 'mark')
    const hashes = [1, 2, 3].map((n): Hash => `0x${n.toString(16).padStart(64, '0')}`)
    const mark = fileMark(path)
    expect(await mark.read()).toBeUndefined()
    for (const [i, hash] of hashes.entries()) await mark.write(BigInt(i + 1), hash)
    expect(await fileMark(path).read()).toEqual({ next: 3n, newest: hashes[2] })
    const text = readFileSync(path, 'ascii')
    const at = text.indexOf(hashes[2]!)
    for (const length of [0, 1, 30, 64]) {
      const cut = `${text.slice(0, at + length)}${'?'.repeat(66 - length)}${text.slice(at + 66)}`
      writeFileSync(path, cut)
      const reopened = fileMark(path)
      expect(await reopened.read()).toEqual({ next: 2n, newest: hashes[1] })
      // What comes next goes over the broken one.
      await reopened.write(9n, hashes[0]!)
      expect(await fileMark(path).read()).toEqual({ next: 9n, newest: hashes[0] })
      const again = fileMark(path)
      await again.read()
      await again.write(10n, hashes[1]!)
      expect(await fileMark(path).read()).toEqual({ next: 10n, newest: hashes[1] })
    }
  })
})

function hashGrant({ message }: Awaited<ReturnType<typeof announce>>): Hash {
  return messageHash(l2.domain, 'Grant', message)
}

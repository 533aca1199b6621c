import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bytesToHex, type Address, type Hash, type Hex } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import {
  combineShares,
  dealReshare,
  newDataKey,
  openingOf,
  sealReshare,
  shareCommitment,
  shareOfOpening,
} from '@animechain/vault-format'
import { messageHash, routes, signMessage, signedFromJson, toJson } from '@animechain/vault-protocol'
import { fixedCommittees, moveShares, type Committee, type CommitteeRole } from '../src/index.ts'
import {
  announce,
  bodyOf,
  evidenceOf,
  grantTo,
  keyFrom,
  members,
  putManifest,
  random,
  release,
  send,
  sessionOf,
  store,
  type Members,
  type Store,
} from './kit.ts'

type SignedJson = { message: unknown; signature: Hex }[]
interface Json {
  dealings: SignedJson
  combined: SignedJson
  held: SignedJson
  shareSet: { signatures: Hex[] }
}
type Epoch = Readonly<Record<CommitteeRole, Omit<Committee, 'epoch'>>>

let l2: Store
/** Seven nodes: the first five are the old committee; two of them give way to the last two. */
let all: Members
const epochs: Epoch[] = []
let old: Committee
let now: Committee

beforeAll(async () => {
  l2 = await store()
  all = await members(l2, 7, { committees: fixedCommittees(() => epochs), roles: ['keys'] })
  const seats = all.committee().keys.members
  const group = (chosen: readonly number[]) => ({ threshold: 3, members: chosen.map((i) => seats[i]!) })
  const epoch = (chosen: readonly number[]): Epoch => ({ storage: group(chosen), keys: group(chosen) })
  epochs.push(epoch([0, 1, 2, 3, 4]))
  old = { epoch: 1n, ...epochs[0]!.keys }
  now = { epoch: 2n, ...epoch([0, 5, 2, 6, 4]).keys }
})
afterAll(async () => {
  await all?.stop()
  await l2?.stop()
})

const firstFive = () => ({ nodes: all.nodes.slice(0, 5), shareKeys: all.shareKeys.slice(0, 5) })
const nodeAt = (key: Address) => all.nodes.find(({ address }) => address === key)!
const openingAt = async (key: Address, object: Hash): Promise<Uint8Array | undefined> =>
  nodeAt(key).keys!.shares.opening(object, 0)

/** Every share of a committee as its nodes have it. */
const sharesAt = async ({ members: seats }: Committee, object: Hash): Promise<(Uint8Array | undefined)[]> =>
  Promise.all(
    seats.map(async ({ key }) => {
      const opening = await openingAt(key, object)
      return opening && shareOfOpening(opening)
    }),
  )
const isKey = async (shares: readonly (Uint8Array | undefined)[], key: Uint8Array): Promise<boolean> =>
  Buffer.from(await combineShares(shares as Uint8Array[])).equals(key)

/** Node 4 of the old committee deals something else than its share, all of it in order. */
function lying(what: 'share' | 'subshare'): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await globalThis.fetch(input, init)
    const liar = old.members[3]!
    if (String(input) !== `${liar.url}${routes.reshare}`) return response
    const answer = (await response.json()) as {
      dealt: { dealing: unknown; manifest: unknown; sealed: Hex[] }
    }
    const dealing = signedFromJson('Dealing', answer.dealt.dealing).message
    const { object, rendition, epoch } = signedFromJson('Manifest', answer.dealt.manifest).message
    const subshares = await dealReshare(Uint8Array.from([...newDataKey(), 4]), { shares: 5, threshold: 3 })
    const openings = subshares.map((each) => openingOf(each))
    const commitments = openings.map((each, k) => shareCommitment({ object, rendition, epoch }, k + 1, each))
    const message = { ...dealing, commitments: what === 'share' ? commitments : dealing.commitments }
    const signed = await signMessage(all.signers[3]!, l2.domain, 'Dealing', message)
    const hash = messageHash(l2.domain, 'Dealing', message)
    const sealed = await Promise.all(
      openings.map((opening, k) =>
        sealReshare({
          dealing: hash,
          index: k + 1,
          opening,
          to: Buffer.from(now.members[k]!.shareKey.slice(2), 'hex'),
        }),
      ),
    )
    const dealt = { ...answer.dealt, dealing: signed, sealed: sealed.map((each) => bytesToHex(each)) }
    return new Response(toJson({ dealt }))
  }
}

describe('two key nodes of five give way to others, without the owner', () => {
  const animator = testAccount(3)
  const path = [random()]
  const paths = [path, [random()], [random()], [random()]]
  const puts: Awaited<ReturnType<typeof putManifest>>[] = []
  const before: (Uint8Array | undefined)[][] = []
  const move = (object: Hash, fetch?: typeof globalThis.fetch) =>
    moveShares({ domain: l2.domain, object, rendition: 0, from: old, to: now, ...(fetch && { fetch }) })

  it('deals to nobody but the committee that is current', async () => {
    for (const each of paths) puts.push(await putManifest(l2, firstFive(), { path: each }))
    const { object } = puts[0]!
    for (const put of puts) before.push(await sharesAt(old, put.object))
    const answer = await send(`${all.nodes[0]!.url}${routes.reshare}`, {
      object,
      rendition: 0,
      committee: 2n,
    })
    expect(answer.status).toBe(409)
    epochs.push({ storage: now, keys: now })
    const gone = await send(`${all.nodes[0]!.url}${routes.reshare}`, { object, rendition: 0, committee: 1n })
    expect(gone.status).toBe(409)
  })

  /** Changes what is sent to one route. */
  const changing =
    (route: string, change: (body: Json) => unknown): typeof globalThis.fetch =>
    async (input, init) => {
      if (!String(input).endsWith(route)) return globalThis.fetch(input, init)
      const body = JSON.parse(String(init!.body)) as Json
      return globalThis.fetch(input, { ...init, body: toJson(await change(body)) })
    }

  it('takes nothing that the others did not sign', async () => {
    const { object, dataKey } = puts[0]!
    const withSignature = ([first, ...rest]: Json['dealings'], signature: Hex) => [
      { ...first!, signature },
      ...rest,
    ]
    const fewer = async ({ combined }: Json) =>
      Promise.all(
        combined.map(async (each, k) => {
          const { message } = signedFromJson('Combined', each)
          const signer = all.signers.find(({ address }) => address.toLowerCase() === now.members[k]!.key)!
          const cut = { ...message, dealings: message.dealings.slice(0, 3), zeros: [] }
          return signMessage(signer, l2.domain, 'Combined', cut)
        }),
      )
    const tries: [string, (body: Json) => unknown, string][] = [
      [
        routes.combine,
        (body) => ({ ...body, dealings: withSignature(body.dealings, body.dealings[1]!.signature) }),
        'Expected a Dealing signed by',
      ],
      [routes.combine, (body) => ({ ...body, dealings: [...body.dealings].reverse() }), 'by index first'],
      [
        routes.signSet,
        (body) => ({ ...body, combined: withSignature(body.combined, body.combined[1]!.signature) }),
        'Expected a Combined signed by',
      ],
      [
        routes.signSet,
        async (body) => ({ ...body, combined: await fewer(body) }),
        'Expected more than 3 dealings',
      ],
      [
        routes.shareSet,
        (body) => ({
          ...body,
          shareSet: { ...body.shareSet, signatures: body.shareSet.signatures.slice(1) },
        }),
        'Expected 3 signatures of committee 1, got 2',
      ],
      [routes.handOver, (body) => ({ ...body, held: body.held.slice(1) }), 'Expected 5 new nodes'],
    ]
    for (const [route, change, message] of tries)
      await expect(move(object, changing(route, change))).rejects.toThrow(message)
    expect(await isKey((await sharesAt(old, object)).slice(0, 3), dataKey)).toBe(true)
    // All new nodes have theirs since: it goes on with the last round.
    expect(await move(object)).toMatchObject({ liars: [], left: [] })
  })

  it('leaves the old shares as they are where a new node does not answer, and goes on later', async () => {
    const { object, dataKey } = puts[1]!
    const cut: typeof globalThis.fetch = async (input, init) => {
      if (String(input) === `${now.members[3]!.url}${routes.shareSet}`) throw new Error('the line is cut')
      return globalThis.fetch(input, init)
    }
    await expect(move(object, cut)).rejects.toThrow('the line is cut')
    expect(await isKey((await sharesAt(old, object)).slice(0, 3), dataKey)).toBe(true)
    const moved = await move(object)
    expect(moved).toMatchObject({ liars: [], left: [] })
    // Again: nothing is left to do.
    expect((await move(object)).shareSet.message).toEqual(moved.shareSet.message)
  })

  it.each(['share', 'subshare'] as const)('names who deals another %s, and does without', async (what) => {
    const { object } = puts[what === 'share' ? 3 : 2]!
    const { liars, shareSet } = await move(object, lying(what))
    expect(liars).toEqual([old.members[3]!.key])
    expect(shareSet.signatures).toHaveLength(3)
  })

  it('has the same keys in shares of another polynomial, which open with no old one', async () => {
    for (const [i, { object, dataKey }] of puts.entries()) {
      const shares = await sharesAt(now, object)
      for (const chosen of [
        [0, 1, 2],
        [1, 2, 3],
        [0, 3, 4],
      ])
        expect(
          await isKey(
            chosen.map((k) => shares[k]),
            dataKey,
          ),
        ).toBe(true)
      // What the two who left had is not on their disks any more.
      for (const { key } of [old.members[1]!, old.members[3]!])
        expect(await openingAt(key, object)).toBeUndefined()
      // Had they kept it, they and two of the new ones would have four shares, and no three of one set.
      const kept = [before[i]![1]!, before[i]![3]!]
      for (const others of [
        [0, 2],
        [1, 4],
        [2, 4],
      ] as const) {
        const mixed = [...kept, ...others.map((k) => shares[k]!)]
        const distinct = mixed.filter((each, at) => mixed.findIndex((other) => other[32] === each[32]) === at)
        if (distinct.length >= 3) expect(await isKey(distinct, dataKey)).toBe(false)
        if (distinct.length >= 3) expect(await isKey(distinct.slice(0, 3), dataKey)).toBe(false)
      }
    }
  })

  it('releases by the new committee, with the share set that the commitments are in', async () => {
    const { object, dataKey } = puts[0]!
    const asker = await sessionOf(l2, animator)
    const evidence = evidenceOf(await announce(l2, grantTo(l2, animator.address)), path)
    const ours = now.members.map(({ key }) => nodeAt(key))
    const got = await keyFrom(l2, ours.slice(1), asker, evidence, { object })
    expect(Buffer.from(got).equals(dataKey)).toBe(true)
    const { body } = await bodyOf(l2, asker, ours[3]!.address, evidence, { object })
    const { answer } = await release(ours[3]!, body)
    expect(answer.share).toMatchObject({ index: 4, shareSet: { message: { committee: '2', from: '1' } } })
    const { body: other } = await bodyOf(l2, asker, nodeAt(old.members[1]!.key).address, evidence, { object })
    expect((await release(nodeAt(old.members[1]!.key), other)).status).toBe(403)
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { grantsAbi } from '@animechain/contracts'
import { silentLogger, systemClock, type Clock, type Hex } from '@animechain/core'
import { eventually, testAccount } from '@animechain/testing'
import {
  denialOf,
  objectAt,
  purposes,
  subjectKinds,
  type Denial,
  type Grant,
  type Purpose,
  type Signed,
} from '@animechain/vault-protocol'
import { encodeAbiParameters } from 'viem'
import { chainView, type ChainView, type L2Rpc } from '../src/index.ts'
import {
  answering,
  bodyOf,
  evidenceOf,
  grantTo,
  members,
  putManifest,
  random,
  release,
  rpcOf,
  sessionOf,
  signGrant,
  store,
  wordOf,
  type Members,
  type Store,
} from './kit.ts'

/** What the grants are for, and the model of who gets in. */
const allowed: readonly Purpose[] = ['view', 'edit', 'audit']
const renditions = [0, 1, 2]
const allowedRenditions = [1, 2]
const LENGTH = 100n
const kinds = Object.keys(subjectKinds) as (keyof typeof subjectKinds)[]

function model(at: bigint, purpose: Purpose, rendition: number, mine: boolean): Denial | 'released' {
  if (at < 0n) return 'notYet'
  if (at >= LENGTH) return 'expired'
  if (!allowedRenditions.includes(rendition)) return 'wrongRendition'
  if (!allowed.includes(purpose)) return 'wrongPurpose'
  return mine ? 'released' : 'wrongSubject'
}

/** Of the requests one in so many: all of them take a quarter of a minute and are `npm run vault -- matrix`. */
const every = process.env.VAULT_MATRIX === 'all' ? 1 : 11

const animator = testAccount(3)
const stranger = testAccount(4)
/** the clock of node and requests, milliseconds */
let now = 0
const clock: Clock = { ...systemClock, now: () => now }

let l2: Store
let committee: Members
let view: ChainView
let begin: bigint
const path = [random()]
const grants = new Map<string, Signed<Grant>>()

/** A replica that is level with the sequencer. */
const level = (rpc: L2Rpc): L2Rpc => ({
  request: ({ method, params }) =>
    rpc.request({ method, params: params.map((each) => (each === 'safe' ? 'latest' : each)) }),
})

async function subjectOf(kind: keyof typeof subjectKinds): Promise<Hex | undefined> {
  if (kind === 'account') return undefined
  // `ownerOf` and `userOf` name the animator until the end of time; of a collection it holds some.
  const word = kind === 'collection' ? wordOf(1n) : wordOf(animator.address)
  const token = await l2.create(answering(word))
  const types = kind === 'collection' ? [{ type: 'address' }] : [{ type: 'address' }, { type: 'uint256' }]
  return encodeAbiParameters(types, kind === 'collection' ? [token] : [token, 7n])
}

beforeAll(async () => {
  l2 = await store({ mineAtOnce: true })
  begin = BigInt(Math.floor(Date.now() / 1_000)) + 10_000n
  for (const kind of kinds) {
    const subject = await subjectOf(kind)
    const grant = grantTo(l2, animator.address, {
      subjectKind: subjectKinds[kind],
      ...(subject && { subject }),
      renditions: allowedRenditions.reduce((sum, rendition) => sum | (1n << BigInt(rendition)), 0n),
      purposes: allowed.reduce((sum, each) => sum | purposes[each], 0),
      notBefore: begin,
      expiry: begin + LENGTH,
    })
    const signed = await signGrant(l2, grant)
    const { wallet } = l2
    await l2.mined(
      await wallet.writeContract({
        address: l2.grants,
        abi: grantsAbi,
        functionName: 'grant',
        args: [grant, signed.signature],
      }),
    )
    grants.set(kind, signed)
  }
  await l2.chain.request('evm_setIntervalMining', [0])
  now = Date.now()
  view = chainView({
    rpc: level(rpcOf(l2.chain.url)),
    registry: l2.registry,
    clock: systemClock,
    logger: silentLogger,
  })
  committee = await members(l2, 2, {
    view,
    clock,
    threshold: 2,
    releasesPerMinute: 10_000,
    // The chain stands still while one time is tried.
    keyLimits: { maxAge: 600, denialBurst: 10_000 },
  })
  for (const rendition of renditions) await putManifest(l2, committee, { path, rendition, threshold: 2 })
})
afterAll(async () => {
  await committee?.stop()
  await l2?.stop()
})

describe('permissions against a model', () => {
  it('6 purposes, 3 renditions, 5 times and 4 kinds of subject: no difference', async () => {
    const differences: string[] = []
    let [asked, turn] = [0, 0]
    for (const at of [-1n, 0n, 50n, LENGTH - 1n, LENGTH]) {
      const time = begin + at
      await l2.chain.request('evm_setNextBlockTimestamp', [Number(time)])
      await l2.chain.request('evm_mine', [])
      // A look that was under way, or one of a moment ago, is of the block before.
      await eventually(
        'the block in the node’s view',
        async () => (await view.head({ now: true }))?.timestamp === time,
      )
      now = Number(time) * 1_000
      const change = { notBefore: time - 10n, expiry: time + 3_600n }
      for (const account of [animator, stranger]) {
        const asker = await sessionOf(l2, account, change)
        for (const kind of kinds)
          for (const purpose of Object.keys(purposes) as Purpose[])
            for (const rendition of renditions) {
              const mine = account === animator || kind === 'collection'
              // A stranger is tried where everything else is right.
              if (account === stranger && (at !== 50n || model(at, purpose, rendition, true) !== 'released'))
                continue
              if (turn++ % every !== 0) continue
              const { body } = await bodyOf(
                l2,
                asker,
                committee.nodes[0]!.address,
                evidenceOf(grants.get(kind)!, path),
                {
                  object: objectAt(l2.project, path),
                  rendition,
                  purpose: purposes[purpose],
                  notAfter: time + 50n,
                },
              )
              const { answer } = await release(committee.nodes[0]!, body)
              const { released, reason } = answer.receipt.message
              const got = released ? 'released' : (denialOf(reason) ?? reason)
              const expected = model(at, purpose, rendition, mine)
              asked++
              if (got !== expected)
                differences.push(`${kind} ${purpose} ${rendition} at ${at}: expected ${expected}, got ${got}`)
            }
      }
    }
    expect(differences).toEqual([])
    expect(asked).toBeGreaterThanOrEqual(Math.floor((6 * 3 * 5 * 4) / every))
  })
})

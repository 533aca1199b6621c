import { BaseError, concatBytes, hexToBytes, systemClock, type Address, type Hash } from '@animechain/core'
import { isZeroSharing } from '@animechain/vault-format'
import {
  hexOf,
  messageFromJson,
  messageHash,
  routes,
  shareSetFromJson,
  signedFromJson,
  toJson,
  type Combined,
  type CombineAnswer,
  type Dealt,
  type Manifest,
  type ShareHeld,
  type ShareSet,
  type Signed,
  type SignedShareSet,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committee, CommitteeMember } from './committees.js'

/** What {@link moveShares} needs. */
export interface MoveOptions {
  domain: VaultDomain
  object: Hash
  rendition: number
  /** whose shares they are */
  from: Committee
  /** the current committee, as L1 shows it */
  to: Committee
  fetch?: typeof globalThis.fetch
  /** milliseconds for each call, default 30,000 */
  timeoutMs?: number
  /** ends it between and within calls */
  signal?: AbortSignal
}

/** What a change of members came to, for one rendition. */
export interface Moved {
  /** of which key */
  manifest: Signed<Manifest>
  shareSet: SignedShareSet
  /** of every new node: with the share set, all that an old one is told */
  held: readonly Signed<ShareHeld>[]
  /** nodes that dealt something else than their share; the shares are right all the same */
  liars: readonly Address[]
  /** old nodes that have not said that their share is destroyed: asked again later, they are told again */
  left: readonly Address[]
}

const failed = (message: string, metaMessages: readonly string[] = []) =>
  new BaseError(message, { code: 'VAULT_NOT_MOVED', metaMessages: [...metaMessages] })

/** One call to a node. */
type Ask = (to: CommitteeMember, method: 'POST' | 'PUT', path: string, body: unknown) => Promise<unknown>

/** Longest wait for a node that says that it is asked too much, seconds. */
const MAX_WAIT = 60

function asker({ fetch = globalThis.fetch, timeoutMs = 30_000, signal }: MoveOptions): Ask {
  const once = async (node: CommitteeMember, method: string, path: string, body: string) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const response = await fetch(`${node.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }).catch((cause: Error) => {
      throw failed(`${node.key} at ${node.url} cannot be reached: ${reasonOf(cause)}`)
    })
    return { response, text: await textOf(node, response) }
  }
  return async (node, method, path, body) => {
    const json = toJson(body)
    let { response, text } = await once(node, method, path, json)
    const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
    if (response.status === 429 && wait <= MAX_WAIT) {
      await systemClock.sleep(1_000 * wait, signal)
      ;({ response, text } = await once(node, method, path, json))
    }
    if (!response.ok) throw failed(`${node.key} answered with HTTP ${response.status}: ${text.slice(0, 300)}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message

/** Bytes of an answer at most: dealings of a committee of 255, each with 255 commitments and sub-shares. */
const MOST_BYTES = 4 * 2 ** 20

async function textOf({ key }: CommitteeMember, response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > MOST_BYTES) throw failed(`${key} answered with more than ${MOST_BYTES} bytes.`)
    parts.push(part)
  }
  return new TextDecoder().decode(concatBytes(...parts))
}

type Kept = { manifest: Signed<Manifest>; shareSet: SignedShareSet; held: Signed<ShareHeld> }

/** A dealing, and whose. */
interface Dealer extends Dealt {
  hash: Hash
  member: CommitteeMember
}

function dealtFrom({ domain }: MoveOptions, json: unknown, member: CommitteeMember): Dealer {
  const { manifest, dealing, sealed, signed } = json as Record<string, unknown>
  const read = signedFromJson('Dealing', dealing)
  return {
    manifest: signedFromJson('Manifest', manifest),
    dealing: read,
    sealed: (sealed as unknown[]).map((each) => hexOf(each, 'sealed')),
    ...(signed !== undefined && { signed: messageFromJson('ShareSet', signed) }),
    hash: messageHash(domain, 'Dealing', read.message),
    member,
  }
}

/** What all nodes deal and keep. Nodes that do not answer are left out. */
async function gather(options: MoveOptions, ask: Ask) {
  const { from, to, object, rendition } = options
  const dealers: Dealer[] = []
  const kept: (Kept | undefined)[] = to.members.map(() => undefined)
  const faults: string[] = []
  const all = new Map([...from.members, ...to.members].map((member) => [member.key, member]))
  await Promise.all(
    [...all.values()].map(async (member) => {
      try {
        const body = { object, rendition, committee: to.epoch }
        const answer = (await ask(member, 'POST', routes.reshare, body)) as Record<
          string,
          Record<string, unknown>
        >
        const isOld = from.members.some(({ key }) => key === member.key)
        if (answer.dealt && isOld) dealers.push(dealtFrom(options, answer.dealt, member))
        if (answer.kept)
          kept[to.members.findIndex(({ key }) => key === member.key)] = {
            manifest: signedFromJson('Manifest', answer.kept.manifest),
            shareSet: shareSetFromJson(answer.kept.shareSet),
            held: signedFromJson('ShareHeld', answer.kept.held),
          }
      } catch (error) {
        faults.push(`${member.key}: ${(error as Error).message}`)
      }
    }),
  )
  dealers.sort((a, b) => a.dealing.message.index - b.dealing.message.index)
  return { dealers, kept, faults }
}

/** The dealings of one share set, of which there are most: a node may have missed an earlier change. */
function mostOfOne(dealers: readonly Dealer[]): readonly Dealer[] {
  const sets = new Map<string, Dealer[]>()
  for (const each of dealers) {
    const { manifest, set } = each.dealing.message
    const key = `${manifest} ${set}`
    sets.set(key, [...(sets.get(key) ?? []), each])
  }
  return [...sets.values()].sort((a, b) => b.length - a.length)[0]!
}

const hexes = (dealers: readonly Dealer[]) => dealers.map(({ hash }) => hash)

/** Asks every new node what it makes of dealings. */
async function combineAll({ to, from }: MoveOptions, ask: Ask, dealers: readonly Dealer[]) {
  const answers = await Promise.all(
    to.members.map(async (member, k) => {
      const body = {
        manifest: dealers[0]!.manifest,
        dealings: dealers.map(({ dealing }) => dealing),
        sealed: dealers.map(({ sealed }) => sealed[k]!),
      }
      const { combined, liars } = (await ask(member, 'POST', routes.combine, body)) as Record<
        keyof CombineAnswer,
        unknown
      >
      return {
        combined: combined === undefined ? undefined : signedFromJson('Combined', combined),
        liars: liars as number[],
      }
    }),
  )
  const named = new Set(answers.flatMap(({ liars }) => liars))
  const combined = answers.flatMap((each) => (each.combined ? [each.combined] : []))
  return {
    named,
    combined,
    isGood: named.size === 0 && (await isConsistent(combined, to.threshold, dealers.length - from.threshold)),
  }
}

async function isConsistent(
  found: readonly Signed<Combined>[],
  threshold: number,
  zeros: number,
): Promise<boolean> {
  if (found.some(({ message }) => message.zeros.length !== zeros)) return false
  for (let i = 0; i < zeros; i++) {
    const values = found.map(({ message }) =>
      concatBytes(hexToBytes(message.zeros[i]!), Uint8Array.of(message.index)),
    )
    if (!(await isZeroSharing(values, threshold))) return false
  }
  return true
}

/** Dealings that fit each other, and who dealt others. */
async function agree(options: MoveOptions, ask: Ask, all: readonly Dealer[]) {
  const { from } = options
  const liars: Address[] = []
  let dealers = all
  for (;;) {
    if (dealers.length <= from.threshold)
      throw failed(
        `Expected more than ${from.threshold} dealings that fit each other, got ${dealers.length}.`,
        liars,
      )
    const { named, combined, isGood } = await combineAll(options, ask, dealers)
    if (isGood) return { dealers, combined, liars }
    let left = dealers.filter(({ dealing }) => !named.has(dealing.message.index))
    if (named.size === 0) {
      // Each dealing is what it commits to, and one is not of its dealer's share: without it the others fit each other.
      const without = dealers.length - 1 > from.threshold ? dealers : []
      const tried = []
      for (const each of without) {
        const rest = dealers.filter((other) => other !== each)
        if ((await combineAll(options, ask, rest)).isGood) tried.push(rest)
      }
      if (tried.length !== 1) throw failed('The dealings do not fit each other, and who lied cannot be told.')
      left = tried[0]!
    }
    liars.push(...dealers.filter((each) => !left.includes(each)).map(({ member }) => member.key))
    dealers = left
  }
}

/** Those that a node has signed before come first: it signs no other set. */
function inOrder(dealers: readonly Dealer[]): readonly Dealer[] {
  const before = dealers.find(({ signed }) => signed)?.signed
  if (!before) return dealers
  const first = before.dealings.flatMap((hash) => dealers.find((each) => each.hash === hash) ?? [])
  return first.length === before.dealings.length
    ? [...first, ...dealers.filter((each) => !first.includes(each))]
    : dealers
}

async function signSet(
  options: MoveOptions,
  ask: Ask,
  dealers: readonly Dealer[],
  combined: readonly Signed<Combined>[],
) {
  const { object, rendition, from } = options
  const body = { object, rendition, combined }
  const answers = await Promise.all(
    dealers.slice(0, from.threshold).map(async ({ member }) => {
      const answer = (await ask(member, 'POST', routes.signSet, body)) as Record<string, unknown>
      return {
        message: messageFromJson('ShareSet', answer.shareSet),
        signature: hexOf(answer.signature, 'signature'),
      }
    }),
  )
  return { message: answers[0]!.message as ShareSet, signatures: answers.map(({ signature }) => signature) }
}

/** Tells new nodes, then old ones, that all new ones have their shares. */
async function handOver(
  options: MoveOptions,
  ask: Ask,
  kept: readonly Kept[],
): Promise<Pick<Moved, 'manifest' | 'held' | 'left'>> {
  const { from, to, object, rendition } = options
  const held = kept.map((each) => each.held)
  const { manifest, shareSet } = kept[0]!
  const body = { object, rendition, manifest, shareSet, held }
  await Promise.all(to.members.map((member) => ask(member, 'POST', routes.handOver, body)))
  const isNew = new Set(to.members.map(({ key }) => key))
  const left: Address[] = []
  await Promise.all(
    from.members.map(async (member) => {
      if (!isNew.has(member.key))
        await ask(member, 'POST', routes.handOver, body).catch(() => left.push(member.key))
    }),
  )
  return { manifest, held, left }
}

/**
 * Moves the shares of a rendition from the key nodes of one committee to those of the current one, without the owner: drives the rounds of docs/spec/vault.md 3.3
 * over HTTP. It sees nothing that is secret, and what was cut off goes on where it is called again.
 * @throws {BaseError} `VAULT_NOT_MOVED`; the old shares are as they were, or all new nodes have theirs
 */
export async function moveShares(options: MoveOptions): Promise<Moved> {
  const { domain, to } = options
  const ask = asker(options)
  const found = await gather(options, ask)
  const setHash = (each: Kept | undefined) => each && messageHash(domain, 'ShareSet', each.shareSet.message)
  const has = found.kept.filter((each) => each !== undefined)
  if (has.length === to.members.length && new Set(has.map(setHash)).size === 1)
    return { shareSet: has[0]!.shareSet, liars: [], ...(await handOver(options, ask, has)) }
  if (found.dealers.length === 0)
    throw failed('No node of the old committee has a share to deal.', found.faults)
  const most = mostOfOne(found.dealers)
  const { dealers, combined, liars } = await agree(options, ask, inOrder(most)).catch((error: BaseError) => {
    throw failed(error.message, found.faults)
  })
  const shareSet = await signSet(options, ask, dealers, combined)
  const used = dealers.slice(0, options.from.threshold)
  if (String(shareSet.message.dealings) !== String(hexes(used)))
    throw failed('The dealers signed another share set.')
  const kept = await Promise.all(
    to.members.map(async (member, k): Promise<Kept> => {
      const body = {
        shareSet,
        manifest: used[0]!.manifest,
        dealings: used.map(({ dealing }) => dealing),
        sealed: used.map(({ sealed }) => sealed[k]!),
      }
      const { held } = (await ask(member, 'PUT', routes.shareSet, body)) as { held: unknown }
      return { manifest: used[0]!.manifest, shareSet, held: signedFromJson('ShareHeld', held) }
    }),
  )
  return { shareSet, liars, ...(await handOver(options, ask, kept)) }
}

import { createHash, createHmac } from 'node:crypto'
import { accessRegistryAbi, grantsAbi } from '@animechain/contracts'
import { isBaseError, predeploys, type Hash } from '@animechain/core'
import {
  auditReceipts,
  bytesContent,
  chainState,
  type Granted,
  type Vault,
  type VaultFile,
} from '@animechain/vault-client'
import { renditions } from '@animechain/vault-protocol'
import { hold, note, step, until } from '../demo/tell.js'
import { users } from '../roles.js'
import { temporaryDevnet, type TemporaryDevnet } from '../temporary.js'
import { vaultParties, type VaultParties } from './parties.js'

const cast = { studio: users[5]!, animator: users[6]!, stranger: users[7]! }
const MiB = 2 ** 20
const WEEK = 7n * 86_400n

/** Names in the studio's project. */
const names = {
  storyboard: 'episode 1/cut 7/storyboard.png',
  film: 'episode 1/cut 7/film.mp4',
  person: 'people/voice actor/contract.pdf',
}

/** Bytes that look like compressed pictures, the same for every name. */
function media(name: string, length: number): Uint8Array {
  const out = Buffer.alloc(length)
  for (let at = 0, i = 0; at < length; at += 32, i++)
    createHmac('sha256', name).update(String(i)).digest().copy(out, at)
  return new Uint8Array(out.buffer, out.byteOffset, length)
}
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const size = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`

/** What the steps share. */
interface Story {
  net: TemporaryDevnet
  parties: VaultParties
  studio: Vault
  animator: Vault
  project: Hash
  film: { master: Uint8Array; proxy: Uint8Array }
}

/** A devnet with a private store of its own. */
export const startVaultStage = (onPhase: (phase: string) => void): Promise<TemporaryDevnet> =>
  temporaryDevnet({ vault: true, vaultPort: 0, bridge: false, onPhase })

/** @throws Error where a step does not hold */
export async function vaultStory(net: TemporaryDevnet, options: { filmBytes?: number } = {}): Promise<void> {
  const parties = vaultParties(net)
  const story = await putWorks(net, parties, options.filmBytes ?? 24 * MiB)
  const granted = await grantWeek(story)
  await seek(story, granted)
  await deny(story, granted)
  await revoke(story, granted)
  await audit(story)
  await erasePerson(story)
  story.studio.close()
  story.animator.close()
}

async function putWorks(net: TemporaryDevnet, parties: VaultParties, filmBytes: number): Promise<Story> {
  step('A studio stores a storyboard, a film and a contract.')
  const studio = await parties.vaultOf(cast.studio, { owner: true })
  const animator = await parties.vaultOf(cast.animator)
  const { project } = await studio.createProject()
  note(`project ${project}, five nodes: ${net.vaultUrls!.join(' ')}`)
  const film = { master: media('master', filmBytes), proxy: media('480p', Math.ceil(filmBytes / 6)) }
  const puts = [
    [names.storyboard, media('storyboard', 3 * MiB), renditions.master, 'image/png'],
    [names.film, film.master, renditions.master, 'video/mp4'],
    [names.film, film.proxy, renditions.proxy, 'video/mp4'],
    [names.person, media('contract', 90_000), renditions.master, 'application/pdf'],
  ] as const
  for (const [name, bytes, rendition, type] of puts) {
    const put = await studio.put(project, name, bytesContent(bytes), { rendition, type })
    note(
      `${name}, rendition ${rendition}: ${size(put.length)}, sealed ${size(put.sealedLength)}, ` +
        `${put.margin} of its shards may be lost`,
    )
    hold(
      put.margin >= 1 && put.missing.length === 0,
      'the put is acknowledged with a margin, every key node has its share',
    )
  }
  const { entries } = await studio.ls(project)
  hold(
    Object.values(names).every((name) => entries.some((entry) => entry.name === name)),
    'the encrypted index has the three names; the chain has none',
  )
  const seen = await until('the project to be safe on L1', () => parties.isSafe(project))
  hold(seen, 'the project is safe on L1: from now on grants that its owner signs act at once')
  return { net, parties, studio, animator, project, film }
}

async function grantWeek({ studio, parties, project }: Story): Promise<Granted> {
  step('It grants an animator the 480p rendition of the film, to view, for a week.')
  const now = BigInt(Math.floor(Date.now() / 1_000))
  const { address } = cast.animator
  const granted = await studio.grant(project, {
    on: names.film,
    to: { type: 'account', address },
    renditions: [renditions.proxy],
    purposes: ['view'],
    expiry: now + WEEK,
  })
  const events = await parties.l2.getContractEvents({
    address: predeploys.grants,
    abi: grantsAbi,
    fromBlock: 0n,
  })
  hold(
    events.some(({ transactionHash }) => transactionHash === granted.transaction),
    `the chain has it: grant ${granted.id}`,
  )
  return granted
}

async function seek(story: Story, granted: Granted): Promise<void> {
  step('The animator opens the 480p rendition and seeks in it.')
  const { animator, project, film } = story
  const began = Date.now()
  const file: VaultFile = await animator.open(project, names.film, {
    pass: granted.pass,
    rendition: renditions.proxy,
  })
  note(
    `opened ${size(file.length)} after ${Date.now() - began} ms: three of five key nodes released their share`,
  )
  for (const part of [0, 0.83, 0.31]) {
    const at = Math.floor(film.proxy.length * part)
    const start = Date.now()
    const bytes = await file.read(at, 100_000)
    hold(
      digest(bytes) === digest(film.proxy.subarray(at, at + 100_000)),
      `100,000 bytes from ${Math.round(part * 100)}% on, verified and right, after ${Date.now() - start} ms`,
    )
  }
}

/** Whether something is denied, with the reason that people are told. */
async function denied(what: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await what()
    return undefined
  } catch (error) {
    if (isBaseError(error)) return error.shortMessage
    throw error
  }
}

async function deny({ animator, parties, project }: Story, granted: Granted): Promise<void> {
  step('The master stays closed, and so does everything for a stranger.')
  const master = await denied(() =>
    animator.open(project, names.film, { pass: granted.pass, rendition: renditions.master }),
  )
  hold(master, `the animator, master: ${master}`)
  const train = await denied(() =>
    animator.open(project, names.film, { pass: granted.pass, rendition: renditions.proxy, purpose: 'train' }),
  )
  hold(train, `the animator, to train a model: ${train}`)
  const stranger = await parties.vaultOf(cast.stranger)
  const other = await denied(() =>
    stranger.open(project, names.film, { pass: granted.pass, rendition: renditions.proxy }),
  )
  hold(other, `a stranger with the animator's pass: ${other}`)
  stranger.close()
}

async function revoke(story: Story, granted: Granted): Promise<void> {
  step('The grant is revoked: at the key nodes at once, then on the chain, and the film is sealed anew.')
  const { studio, parties, project, film } = story
  const { nodes, resealed } = await studio.revoke(project, granted.id)
  hold(
    nodes.every(({ ok }) => ok),
    `${nodes.length} key nodes took the order`,
  )
  note(
    `sealed anew: ${resealed.map(({ name, rendition, epoch }) => `${name} ${rendition} (key ${epoch})`).join(', ')}`,
  )
  // A client of its own has no key in memory.
  const animator = await parties.vaultOf(cast.animator)
  const why = await denied(() =>
    animator.open(project, names.film, { pass: granted.pass, rendition: renditions.proxy }),
  )
  hold(why, `the animator: ${why}`)
  animator.close()
  const own = await studio.get(project, names.film, { rendition: renditions.proxy })
  hold(digest(own) === digest(film.proxy), 'the studio still reads the whole of it')
}

async function audit({ studio, parties, project }: Story): Promise<void> {
  step('The receipts of all key nodes tell who opened what, and are held against the chain.')
  const shown = await studio.receipts(project)
  const nodes = shown.flatMap((each) => (each.status === 'ok' ? [each] : []))
  hold(nodes.length === 5, 'five key nodes show their receipts')
  const report = await auditReceipts({
    domain: { chainId: parties.committee.chainId, registry: parties.committee.registry },
    project,
    nodes,
    state: chainState({ client: parties.l2 }),
  })
  for (const { released, denied: refused, node } of report.nodes)
    note(`${node}: ${released} released, ${refused} denied`)
  for (const { subject, rendition, requests } of report.opened)
    note(`${subject} opened rendition ${rendition}: ${requests} releases`)
  hold(
    report.ok,
    'every release was allowed at the block that its receipt names; none is missing, none twice',
  )
  hold(
    report.nodes.some((node) => node.released > 0) && report.nodes.every((node) => node.denied > 0),
    'what was denied has receipts too',
  )
}

async function erasePerson({ studio, parties, project }: Story): Promise<void> {
  step("A person's file is erased, for good.")
  const { nodes } = await studio.erase(project, names.person)
  hold(
    nodes.every(({ ok }) => ok),
    `${nodes.length} orders were carried out: shares, wraps and sealed bytes are destroyed`,
  )
  const events = await until('the tombstone', async () => {
    const found = await parties.l2.getContractEvents({
      address: predeploys.accessRegistry,
      abi: accessRegistryAbi,
      fromBlock: 0n,
    })
    return found.some(({ eventName }) => /eras/i.test(eventName)) && found
  })
  note(`events of the registry: ${events.map(({ eventName }) => eventName).join(', ')}`)
  const owner = await parties.vaultOf(cast.studio, { owner: true })
  const gone = await denied(() => owner.open(project, names.person))
  hold(gone, `even the owner: ${gone}`)
  owner.close()
}

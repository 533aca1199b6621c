import { open, rename, stat, unlink } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { BaseError, bytesToHex, InvalidInputError, isBaseError, type Hash } from '@animechain/core'
import {
  entriesBelow,
  isoTime,
  nodeClient,
  passToJson,
  purposeNames,
  renditionNumbers,
  type IndexEntry,
  type VaultFile,
  type VaultGrant,
} from '@animechain/vault-client'
import { audit } from './audit.js'
import { challenge } from './challenge/command.js'
import { commands, type VaultValues } from './config.js'
import { writePrivate } from './fileStore.js'
import { readKeyFile, writeKeyFile } from './keyFile.js'
import type { Output } from './output.js'
import {
  committeeFile,
  fileContent,
  keyCommittee,
  keyPath,
  openSession,
  passOf,
  projectOf,
  type Session,
} from './setup.js'
import { parseExpiry, parsePurposes, parseRange, parseRenditions, parseSubject, showBytes } from './values.js'

/** A command: gives its exit code. */
type Command = (session: Session, words: readonly string[], output: Output) => Promise<number | void>

const need = (word: string | undefined, what: string): string => {
  if (word === undefined) throw new InvalidInputError('command line', what, 'nothing')
  return word
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Makes what is missing: key file, project. Before there is a key file nothing else can be opened. */
async function init(values: VaultValues, output: Output, signal: AbortSignal): Promise<void> {
  const path = keyPath(values)
  const isNew = !(await exists(path))
  const keys = isNew
    ? await writeKeyFile(path, { passphrase: values.passphrase, account: values.account })
    : await readKeyFile(path, values.passphrase)
  if (isNew)
    output.say(`New key file ${path}. Keep a copy: whoever has it opens everything, without it nobody can.`)
  const session = await openSession(values, signal)
  const known = values.project ?? (await session.store.get('project'))
  if (known) {
    await session.store.set('project', known.trim())
    return output.result({ account: keys.account.address, project: known.trim() }, [
      `Project ${known.trim()}`,
    ])
  }
  const { address } = keys.account
  if ((await session.client.getBalance({ address })) === 0n)
    throw new BaseError(`The account ${address} has no ether on L2, and a project is a transaction.`, {
      code: 'VAULT_NO_ETHER',
      metaMessages: ['Send it some, then run `vault init` again.'],
    })
  const { project, transaction } = await session.vault.createProject({ blind: values.blind })
  await session.store.set('project', project)
  output.result({ account: keys.account.address, project, transaction }, [
    `Account ${keys.account.address}`,
    `Project ${project}${values.blind ? ', with grants that the chain does not show' : ''}`,
  ])
}

async function key(values: VaultValues, output: Output): Promise<void> {
  const { account, ownerKey } = await readKeyFile(keyPath(values), values.passphrase)
  const publicKey = bytesToHex(ownerKey.publicKey)
  output.result({ account: account.address, ownerKey: publicKey }, [
    `Account ${account.address}`,
    `Owner's X25519 key ${publicKey}`,
  ])
}

const types: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.exr': 'image/x-exr',
  '.pdf': 'application/pdf',
  '.json': 'application/json',
  '.wav': 'audio/wav',
}

const put: Command = async (session, [path, name], output) => {
  const { values, vault, signal } = session
  const file = need(path, 'put <file> [name]')
  const stages = { sealing: 'sealing', sending: 'sending' } as const
  const result = await vault.put(await projectOf(session), name ?? basename(file), await fileContent(file), {
    ...{ rendition: values.rendition, margin: values.margin, signal },
    type: values.type ?? types[extname(file).toLowerCase()],
    progress: ({ stage, done, total }) => output.progress.show(stages[stage], done, total),
  })
  for (const { node, message } of result.missing) output.warn(`Key node ${node} has no share: ${message}`)
  const { manifest: _, missing, ...told } = result
  output.result({ name: name ?? basename(file), ...told, missing }, [
    `${name ?? basename(file)}, rendition ${result.rendition}: ${showBytes(result.length)}, version ${result.version}, epoch ${result.epoch}`,
    `Object ${result.object}`,
    `${result.margin} shards may be lost.`,
  ])
}

const entryLines = (entries: readonly IndexEntry[]): string[] =>
  entries.flatMap(({ name, renditions }) => {
    const numbers = Object.keys(renditions).map(Number)
    if (numbers.length === 0) return [`${name}  (nothing put yet)`]
    return numbers.map((rendition) => {
      const { length, type = '', version } = renditions[rendition]!
      return `${name}  rendition ${rendition}  ${showBytes(length)}  version ${version}  ${type}`
    })
  })

const ls: Command = async (session, [folder], output) => {
  const { values, vault, signal } = session
  const index = await vault.ls(await projectOf(session), { pass: await passOf(values), signal })
  const at =
    folder === undefined ? undefined : index.folders.find(({ name }) => name === folder.replace(/\/$/, ''))
  if (folder !== undefined && !at) throw new InvalidInputError('folder', 'one that is in the index', folder)
  const entries = at ? entriesBelow(index, at.path) : index.entries
  output.result({ entries, folders: index.folders }, entryLines(entries))
}

/** Writes a range of a file to a path: beside it first, going on where an earlier run was cut off. */
async function save(
  file: VaultFile,
  path: string,
  { start, end }: { start: number; end: number },
  session: Session,
  output: Output,
) {
  const beside = `${path}.part`
  const whole = start === 0 && end === file.length
  const about = `${beside}.${file.blob.slice(2, 18)}`
  const had = whole
    ? await stat(about).then(
        ({ size }) => size,
        () => 0,
      )
    : 0
  const from = had <= end ? had : 0
  const handle = await open(about, from > 0 ? 'r+' : 'w', 0o600)
  try {
    let at = from
    const pieces = file.stream({ start: start + from, end, signal: session.signal })
    for await (const piece of pieces) {
      await handle.write(piece, 0, piece.length, at)
      at += piece.length
      output.progress.show('getting', at, end - start)
    }
    await handle.truncate(at)
    await handle.sync()
  } catch (error) {
    await handle.close()
    if (!whole) await unlink(about).catch(() => undefined)
    throw error
  }
  await handle.close()
  await rename(about, path)
}

const get: Command = async (session, [name], output) => {
  const { values, vault, signal } = session
  const project = await projectOf(session)
  const file = await vault.open(project, need(name, 'get <name>'), {
    ...{ rendition: values.rendition, purpose: values.purpose, pass: await passOf(values), signal },
    onLiar: ({ node, message }) => output.warn(`Key node ${node} lied: ${message}`),
  })
  const range = parseRange(values.range, file.length)
  if (values.out === undefined) {
    for await (const piece of file.stream({ ...range, signal })) await output.bytes(piece)
    return
  }
  await save(file, values.out, range, session, output)
  output.result({ out: values.out, bytes: range.end - range.start, length: file.length }, [
    `${values.out}: ${showBytes(range.end - range.start)}`,
  ])
}

function terms(values: VaultValues): Omit<VaultGrant, 'on'> {
  return {
    to: parseSubject(values.to),
    renditions: parseRenditions(values.renditions),
    purposes: parsePurposes(values.purposes),
    expiry: parseExpiry(values.expires, Date.now()),
    delegation: values.delegation,
    ...(values.label === undefined ? {} : { label: values.label }),
  }
}

/** Gives or passes on a grant, and writes its pass. */
const grant: Command = async (session, [on], output) => {
  const { values, vault } = session
  const project = await projectOf(session)
  const name = need(on, 'grant <name|folder|/>')
  const given = { ...terms(values), on: name === '/' ? '' : name }
  const granted = await vault.grant(project, given).catch((error: unknown) => {
    if (isBaseError(error) && error.code === 'VAULT_OTHER_POLICY') return vault.grantBlind(project, given)
    throw error
  })
  const path = values.out ?? `pass-${granted.id.slice(2, 10)}.json`
  await writePrivate(path, passToJson(granted.pass))
  output.result({ id: granted.id, pass: path, transaction: granted.transaction }, [
    `Grant ${granted.id}, until ${isoTime(given.expiry)}`,
    `The pass is in ${path}: give it to whom it is for. It is of no use to anybody else.`,
  ])
}

const passOn: Command = async (session, _words, output) => {
  const { values, vault } = session
  const pass = await passOf(values)
  if (!pass) throw new InvalidInputError('--pass', 'the pass that is passed on', 'nothing')
  const given = terms(values)
  const granted = await vault.passOn(pass, given)
  const path = values.out ?? `pass-${granted.id.slice(2, 10)}.json`
  await writePrivate(path, passToJson(granted.pass))
  output.result({ id: granted.id, pass: path, transaction: granted.transaction }, [
    `Grant ${granted.id}, until ${isoTime(given.expiry)}`,
    `The pass is in ${path}.`,
  ])
}

const grants: Command = async (session, _words, output) => {
  const { grants: all } = await session.vault.grants(await projectOf(session))
  output.result(
    all,
    all.map(({ id, label, chain, revokedAt }) => {
      const { renditions, purposes, expiry } = chain.at(-1)!.grant
      const what = `renditions ${renditionNumbers(renditions).join(', ')} for ${purposeNames(purposes).join(', ')}`
      const end =
        revokedAt === undefined ? `until ${isoTime(expiry)}` : `revoked ${isoTime(BigInt(revokedAt))}`
      return `${id}  ${label}  ${what}  ${end}`
    }),
  )
}

const revoke: Command = async (session, [id], output) => {
  const { values, vault, signal } = session
  const which = need(id, 'revoke <grant|all>')
  if (which !== 'all' && !/^0x[0-9a-f]{64}$/i.test(which))
    throw new InvalidInputError('grant', 'the id of a grant, as `vault grants` shows them, or all', which)
  const done = await vault.revoke(await projectOf(session), which as Hash | 'all', {
    ...{ reencrypt: values.reencrypt, signal },
    progress: ({ name, rendition, done: sent, total }) =>
      output.progress.show(`sealing anew ${name} ${rendition}`, sent, total),
  })
  const heard = done.nodes.filter(({ ok }) => ok).length
  for (const { node, ok, message } of done.nodes)
    if (!ok) output.warn(`Key node ${node} did not hear it: ${message}`)
  for (const { blob, missing } of done.superseded)
    for (const { node, message } of missing)
      output.warn(
        `Storage node ${node} has not deleted ${blob}: ${message} It is asked again with the next revocation.`,
      )
  output.result(done, [
    `Revoked: ${heard} of ${done.nodes.length} key nodes at once, the chain in ${done.transaction}.`,
    ...done.resealed.map(
      ({ name, rendition, epoch }) => `Sealed anew: ${name}, rendition ${rendition}, epoch ${epoch}`,
    ),
  ])
}

const erase: Command = async (session, [name], output) => {
  const { values, vault } = session
  const ref = need(name, 'erase <name|folder>')
  if (!values.yes)
    throw new InvalidInputError(
      'erase',
      `--yes: ${ref} and everything below it is destroyed for good`,
      'no --yes',
    )
  const done = await vault.erase(await projectOf(session), ref)
  for (const { node, ok, message } of done.nodes)
    if (!ok) output.warn(`Node ${node} did not hear it: ${message}`)
  output.result(done, [
    `Erased: ${done.objects.length} objects at ${done.nodes.filter(({ ok }) => ok).length} of ${done.nodes.length} nodes; tombstone in ${done.transaction}.`,
  ])
}

const committee: Command = async (session, [what], output) => {
  if (what === 'challenge') return challenge(session, output)
  if (what !== undefined) throw new InvalidInputError('committee', 'nothing more, or challenge', what)
  const { values, vault, committee: file } = session
  if (values.dealTo !== undefined) {
    const next = await committeeFile(values.dealTo)
    const dealt = await vault.members(await projectOf(session), keyCommittee(next), {
      signal: session.signal,
      progress: (done, total) => output.progress.show('dealing', done, total),
    })
    return output.result({ dealt, epoch: next.epoch }, [
      `${dealt} renditions dealt to committee ${next.epoch}.`,
    ])
  }
  const members = new Map(
    [...file.storage.members, ...file.keys.members].map((member) => [member.url, member]),
  )
  const nodes = await Promise.all(
    [...members.values()].map(async ({ address, url }) => {
      const info = await nodeClient({ address, url }).info({ timeoutMs: values.timeout })
      if (info.status !== 'ok') return { address, url, ok: false, message: info.message }
      const isSame = info.value.address.toLowerCase() === address.toLowerCase()
      const { roles, head } = info.value
      return isSame
        ? { address, url, ok: true, roles, head }
        : { address, url, ok: false, message: `it says that it is ${info.value.address}` }
    }),
  )
  output.result(
    { epoch: file.epoch, storageThreshold: file.storage.threshold, keyThreshold: file.keys.threshold, nodes },
    nodes.map((node) =>
      node.ok
        ? `${node.address}  ${node.url}  ${node.roles!.join(', ')}  block ${node.head?.number ?? '-'}, ${node.head?.age ?? '-'} s old`
        : `${node.address}  ${node.url}  not well: ${node.message}`,
    ),
  )
  return nodes.every(({ ok }) => ok) ? 0 : 1
}

const byName: Record<string, Command> = {
  ...{ put, ls, get, grant, grants, revoke, erase, committee },
  'pass-on': passOn,
}

/** Runs a command of the command line. Gives the exit code; throws what stands in its way. */
export async function runCommand(
  [name, ...words]: readonly string[],
  values: VaultValues,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  if (name === 'init') return (await init(values, output, signal), 0)
  if (name === 'key') return (await key(values, output), 0)
  if (name === 'audit') return audit(values, output, signal)
  const command = name === undefined ? undefined : byName[name]
  if (!command)
    throw new InvalidInputError(
      'command',
      Object.keys(commands)
        .map((each) => each.split(' ')[0])
        .join(', '),
      name ?? 'nothing',
    )
  const session = await openSession(values, signal)
  try {
    return (await command(session, words, output)) ?? 0
  } finally {
    session.vault.close()
    output.progress.end()
  }
}

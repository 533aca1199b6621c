import { createReadStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { BaseError, type Address, type Hash } from '@animechain/core'
import {
  anchorProofFromJson,
  auditReceipts,
  chainState,
  heldReceipts,
  isoTime,
  receiptEntryFromJson,
  recordFromJson,
  recordToJson,
  recordedState,
  recordingState,
  sentOrders,
  type AuditReport,
  type NodeReceipts,
} from '@animechain/vault-client'
import {
  signedFromJson,
  toJson,
  type MessageName,
  type MessageOf,
  type ReceiptEntry,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { VaultValues } from './config.js'
import { writePrivate } from './fileStore.js'
import type { Output } from './output.js'
import { openSession, projectOf, textOf } from './setup.js'

/** What an audit of files begins with: `audit.json`. */
interface About {
  version: 1
  domain: VaultDomain
  project: Hash
  /** seconds when it was collected */
  collectedAt: number
  nodes: { node: Address; file?: string; next?: string; anchors?: unknown[]; unreachable?: string }[]
}

const FOUND = 3

const bad = (folder: string, why: string, cause?: unknown) =>
  new BaseError(`The folder ${folder} is not what \`vault audit --collect\` writes: ${why}.`, {
    code: 'VAULT_BAD_COLLECTION',
    cause,
  })

const jsonLines = (items: readonly unknown[]): string => items.map((item) => `${toJson(item)}\n`).join('')

/** The entries of a file, one a line, one at a time. */
async function* entriesOf(folder: string, file: string): AsyncGenerator<ReceiptEntry> {
  const lines = createInterface({ input: createReadStream(join(folder, file)), crlfDelay: Infinity })
  let number = 0
  for await (const line of lines) {
    number++
    if (line === '') continue
    try {
      yield receiptEntryFromJson(JSON.parse(line))
    } catch (cause) {
      throw bad(folder, `line ${number} of ${file} is no receipt`, cause)
    }
  }
}

async function signedOf<name extends MessageName>(
  folder: string,
  file: string,
  name: name,
): Promise<Signed<MessageOf<name>>[]> {
  const text = await textOf(join(folder, file), 'file')
  try {
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => signedFromJson(name, JSON.parse(line)))
  } catch (cause) {
    throw bad(folder, `${file} has a line that is no signed ${name}`, cause)
  }
}

/** Receipts and everything else from a folder. */
async function readFolder(folder: string) {
  let about: About
  try {
    about = JSON.parse(await textOf(join(folder, 'audit.json'), 'file')) as About
    if (about.version !== 1 || !Array.isArray(about.nodes)) throw new Error('expected version 1')
  } catch (cause) {
    throw bad(folder, 'audit.json cannot be read', cause)
  }
  const nodes: NodeReceipts[] = about.nodes.flatMap(({ node, file, next, anchors }) =>
    file === undefined || !/^receipts-0x[0-9a-f]{40}\.jsonl$/.test(file)
      ? []
      : [
          {
            node,
            entries: entriesOf(folder, file),
            ...(next === undefined ? {} : { next: BigInt(next) }),
            ...(anchors ? { anchors: anchors.map(anchorProofFromJson) } : {}),
          },
        ],
  )
  return {
    about,
    nodes,
    held: await signedOf(folder, 'held.jsonl', 'Receipt'),
    revocations: await signedOf(folder, 'revocations.jsonl', 'RevokeNow'),
    erasures: await signedOf(folder, 'erasures.jsonl', 'Erase'),
  }
}

/** Fetches the receipts of every node, and what this client kept, into a folder. */
async function fetchInto(folder: string, values: VaultValues, output: Output, signal: AbortSignal) {
  const session = await openSession(values, signal)
  const project = await projectOf(session)
  const { vault, committee, store, client } = session
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length > 0) throw bad(folder, 'it is not empty; name a new one')
  let count = 0
  const shown = await vault.receipts(project, {
    signal,
    progress: (receipts) => output.progress.show('receipts', (count += receipts), count),
  })
  const nodes: About['nodes'] = []
  for (const each of shown) {
    if (each.status !== 'ok') {
      output.warn(`Key node ${each.node} does not show its receipts: ${each.message}`)
      nodes.push({ node: each.node, unreachable: each.message })
      continue
    }
    const file = `receipts-${each.node.toLowerCase()}.jsonl`
    await writePrivate(join(folder, file), jsonLines(each.entries))
    nodes.push({
      node: each.node,
      file,
      next: `${each.next}`,
      ...(each.anchors ? { anchors: [...each.anchors] } : {}),
    })
  }
  const orders = sentOrders(store, project)
  await writePrivate(join(folder, 'held.jsonl'), jsonLines(await heldReceipts(store, project).all()))
  await writePrivate(join(folder, 'revocations.jsonl'), jsonLines(await orders.revocations()))
  await writePrivate(join(folder, 'erasures.jsonl'), jsonLines(await orders.erasures()))
  const domain = { chainId: committee.chainId, registry: committee.registry }
  const about: About = { version: 1, domain, project, collectedAt: Math.floor(Date.now() / 1_000), nodes }
  await writePrivate(join(folder, 'audit.json'), toJson(about))
  vault.close()
  return client
}

function lines({ nodes, findings, findingCount, opened, ok }: AuditReport, about: About): string[] {
  const silent = about.nodes.filter(({ unreachable }) => unreachable !== undefined)
  return [
    ...nodes.map(
      ({ node, receipts, released, denied }) =>
        `${node}  ${receipts} receipts, ${released} released, ${denied} denied`,
    ),
    ...silent.map(({ node, unreachable }) => `${node}  shows nothing: ${unreachable}`),
    ...opened.map(
      ({ subject, object, rendition, purpose, requests, first, last }) =>
        `opened: ${object} rendition ${rendition} purpose ${purpose} by ${subject}: ${requests} shares, ${isoTime(first)} to ${isoTime(last)}`,
    ),
    ...findings.map(({ kind, node, sequence, count, detail }) => {
      const last = count > 1n ? ` to ${sequence + count - 1n}` : ''
      return `FOUND ${kind}: ${node} receipt ${sequence}${last}: ${detail}`
    }),
    ok ? 'Nothing is wrong with what the nodes showed.' : `${findingCount} findings.`,
  ]
}

/**
 * Collects, audits, or both. With `--offline` nothing but the folder is looked at; without `--collect` and `--offline` it is collected into a folder of its own
 * time first. Exit code 3 where something was found.
 */
export async function audit(values: VaultValues, output: Output, signal: AbortSignal): Promise<number> {
  const folder = values.offline ?? values.collect ?? join(values.home, 'audits', `${Date.now()}`)
  const client = values.offline === undefined ? await fetchInto(folder, values, output, signal) : undefined
  const { about, nodes, ...orders } = await readFolder(folder)
  const live = client && recordingState(chainState({ client }), about.domain)
  const state = live ?? recordedState(recordFromJson(await textOf(join(folder, 'state.json'), 'file')))
  let done = 0
  const report = await auditReceipts({
    ...{ domain: about.domain, project: about.project, nodes, state, ...orders, signal },
    progress: (receipts) => output.progress.show('audited', (done += receipts), done),
  })
  if (live) await writePrivate(join(folder, 'state.json'), recordToJson(live.record))
  output.result({ folder, ...report }, [...lines(report, about), ...(live ? [`Collected in ${folder}`] : [])])
  return report.ok ? 0 : FOUND
}

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bytesToHex, type Hash } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import { newKeyPair } from '@animechain/vault-format'
import {
  accountSubject,
  messageHash,
  purposes,
  signMessage,
  type MessageSigner,
  type Receipt,
  type ReceiptEntry,
  type ReleaseBody,
  type Request,
  type Signed,
} from '@animechain/vault-protocol'
import { keccak256 } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import {
  auditReceipts,
  bytesContent,
  chainState,
  nodeClient,
  passEvidence,
  recordFromJson,
  recordToJson,
  recordedState,
  recordingState,
  type Pass,
} from '../src/index.js'
import { numbers, plant } from './auditWorld.js'
import { world, type World } from './committee.js'

/** npm run vault:audit: 10,000 requests to real key nodes, then wrongs planted with the nodes' own keys. */
const REQUESTS = Number(process.env.VAULT_REQUESTS ?? 10_000)
const PARALLEL = 8

let net: World
beforeAll(async () => {
  const many = 10_000_000
  net = await world({ releasesPerMinute: many, keyLimits: { denialsPerSecond: many, denialBurst: many } })
}, 120_000)
afterAll(() => net?.stop())

const now = () => BigInt(Math.floor(Date.now() / 1_000))

interface Asker {
  session: ReleaseBody['session']
  hash: Hash
  key: MessageSigner
}

async function askerOf(account: number, project: Hash): Promise<Asker> {
  const domain = { chainId: 31_337, registry: net.contracts.registry }
  const wallet = testAccount(account)
  const key = privateKeyToAccount(generatePrivateKey())
  const session = await signMessage(wallet, domain, 'Session', {
    subject: accountSubject({ chainId: 31_337, address: wallet.address }),
    ...{ key: key.address, project, purposes: 63, notBefore: now() - 30n, expiry: now() + 28_000n },
  })
  return { session, hash: messageHash(domain, 'Session', session.message), key }
}

test('10,000 mixed requests with 50 planted releases and 20 dropped or doubled receipts: exactly those are found', async () => {
  const domain = { chainId: 31_337, registry: net.contracts.registry }
  const owner = net.vaultOf(0).vault
  const { project } = await owner.createProject()
  await net.safe()
  const objects: Hash[] = []
  const paths: (readonly Hash[])[] = []
  for (const name of ['a', 'b', 'c'])
    for (const rendition of [0, 1, 2]) {
      const put = await owner.put(project, name, bytesContent(new Uint8Array(100)), { rendition })
      objects[['a', 'b', 'c'].indexOf(name)] = put.object
      paths[['a', 'b', 'c'].indexOf(name)] = put.manifest.message.path
    }
  const passes: Pass[] = []
  for (const [account, renditions] of [
    [1, [0, 1, 2]],
    [2, [1]],
  ] as const) {
    const { pass } = await owner.grant(project, {
      ...{ to: { type: 'account', address: testAccount(account).address }, renditions },
      ...{ purposes: ['view', 'dub'], expiry: now() + 86_400n },
    })
    passes.push(pass)
  }
  const askers = [await askerOf(1, project), await askerOf(2, project), await askerOf(3, project)]
  const pick = numbers(11)
  const ephemeralKey = bytesToHex((await newKeyPair()).publicKey)
  const body = async (i: number): Promise<[number, ReleaseBody]> => {
    const node = i % net.nodes.length
    const who = pick(3)
    const { session, hash, key } = askers[who]!
    const object = pick(3)
    const evidence = passEvidence(passes[Math.min(who, pick(3) === 0 ? 1 : who, 1)]!, paths[object]!)
    const late = pick(50) === 0 ? -100n : 50n
    const message: Request = {
      ...{
        node: net.nodes[node]!.address,
        session: hash,
        project,
        object: objects[object]!,
        rendition: pick(3),
      },
      ...{ epoch: 1, purpose: [purposes.view, purposes.dub, purposes.edit][pick(3)]!, ephemeralKey },
      ...{ evidence: keccak256(evidence), nonce: keccak256(`0x${i.toString(16).padStart(64, '0')}`) },
      notAfter: now() + late,
    }
    return [node, { session, request: await signMessage(key, domain, 'Request', message), evidence }]
  }
  const clients = net.committee.nodes.map((node) => nodeClient(node))
  let next = 0
  const began = Date.now()
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let i = next++; i < REQUESTS; i = next++) {
        const [node, asked] = await body(i)
        const answer = await clients[node]!.release(asked, { timeoutMs: 60_000 })
        if (answer.status !== 'ok') throw new Error(JSON.stringify(answer))
        // Some are sent again: replays, which are denied.
        if (i % 100 === 0) await clients[node]!.release(asked, { timeoutMs: 60_000 })
      }
    }),
  )
  const asked = (Date.now() - began) / 1_000
  const shown = await owner.receipts(project)
  const honest = shown.map((each) => ({ entries: (each as { entries: ReceiptEntry[] }).entries }))
  const hashOf = ({ message }: Signed<Receipt>) => messageHash(domain, 'Receipt', message)
  const { logs, planted } = await plant(
    { domain, nodes: net.signers.slice(0, 5), logs: honest, hashOf },
    { releases: 50, dropped: 10, doubled: 10, seed: 5 },
  )
  const recording = recordingState(chainState({ client: net.client, contracts: net.contracts }), domain)
  const nodesOf = (all: { entries: ReceiptEntry[] }[]) =>
    all.map(({ entries }, i) => ({ node: net.signers[i]!.address, entries }))
  const clean = await auditReceipts({ domain, project, state: recording, nodes: nodesOf(honest) })
  expect(clean.findings).toEqual([])
  const live = await auditReceipts({ domain, project, state: recording, nodes: nodesOf(logs) })
  // Once more with what was written down, and no chain at all.
  const state = recordedState(recordFromJson(recordToJson(recording.record)))
  const start = Date.now()
  const report = await auditReceipts({ domain, project, state, nodes: nodesOf(logs) })
  const took = (Date.now() - start) / 1_000
  const found = report.findings.map(({ kind, node, sequence }) => `${kind} ${node} ${sequence}`)
  expect(found.sort()).toEqual([...planted].sort())
  expect(live).toEqual(report)
  const count = report.nodes.reduce((sum, { receipts }) => sum + receipts, 0)
  const released = clean.nodes.reduce((sum, each) => sum + each.released, 0)
  process.stdout.write(
    `${REQUESTS} requests in ${asked.toFixed(0)} s, ${released} released; ${count} receipts audited offline in ${took.toFixed(1)} s; planted ${planted.length}, found ${found.length}, all of them and nothing else\n`,
  )
}, 3_600_000)

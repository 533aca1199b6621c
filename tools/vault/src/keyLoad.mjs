// Keys that are dealt, asked for, taken back and erased at nodes that are killed meanwhile.
import { randomBytes, randomInt } from 'node:crypto'
import { accessRegistryAbi, grantsAbi } from '@animechain/contracts'
import { bytesToHex, hexToBytes } from '@animechain/core'
import { mutex } from '@animechain/runtime'
import { patient, testAccount } from '@animechain/testing'
import { auditReceipts, chainState, genesisContracts, nodeClient } from '@animechain/vault-client'
import { dealKey, newDataKey, newKeyPair, wrapKey } from '@animechain/vault-format'
import {
  accountSubject,
  encodeEvidence,
  messageHash,
  objectAt,
  projectId,
  signedFromJson,
  signMessage,
} from '@animechain/vault-protocol'
import { createWalletClient, http, keccak256, parseEther, toHex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { blindSpots, heldFaults, lateReleases, logOf } from './keyFaults.mjs'
import { domain } from './nodes.mjs'
import { inAnHour, sleep } from './world.mjs'

const [owner, reader] = [testAccount(0), testAccount(1)]
const random = () => bytesToHex(randomBytes(32))
const now = () => BigInt(Math.floor(Date.now() / 1_000))
const zeroHash = `0x${'00'.repeat(32)}`
/** Objects that the owner works on, and requests of readers, at a time. */
const OWNERS = 3
const READERS = 3
/** Grants that readers ask with: the newest. */
const NEWEST = 8
/** Requests that a reader may send once more: the newest. */
const AGAIN = 60

/** Asks until it is done, however often the node dies. @returns when the answer came */
async function insist(work) {
  for (;;) {
    const answer = await work()
    if (answer.status === 'ok') return performance.now()
    if (answer.status === 'refused' && answer.http < 500) throw new Error(`${answer.code}: ${answer.message}`)
    await sleep(25)
  }
}

/** A project on chain, and what its owner does. */
async function studio({ chain, client, nodes }) {
  const wallet = createWalletClient({ chain: foundry, account: owner, transport: http(chain.url, patient) })
  const turn = mutex()
  /** One transaction at a time: each takes the next nonce. */
  const send = (call) => turn.run(() => sendNow(call))
  const sendNow = async (call) => {
    const hash = await wallet.writeContract(call)
    const { status } = await client.waitForTransactionReceipt({ hash, timeout: 60_000 })
    if (status !== 'success') throw new Error(`${call.functionName} reverted`)
  }
  const { registry, grants } = genesisContracts
  const salt = random()
  await send({
    ...{ address: registry, abi: accessRegistryAbi },
    ...{ functionName: 'createProject', args: [salt, grants] },
  })
  const project = projectId({ ...domain, owner: owner.address, salt })
  const clients = nodes.map((node) => nodeClient(node))
  const everywhere = (work) => Promise.all(clients.map((each, i) => insist(() => work(each, i))))
  const subject = accountSubject({ chainId: domain.chainId, address: reader.address })
  return {
    project,
    clients,
    async deal() {
      const path = [random()]
      const id = { object: objectAt(project, path), rendition: 0, epoch: 1 }
      const dataKey = newDataKey()
      const to = nodes.map(({ shareKey }) => hexToBytes(shareKey))
      const deal = await dealKey({ id, dataKey, committee: 1n, to, threshold: 3 })
      const manifest = await signMessage(owner, domain, 'Manifest', {
        ...{ project, path, ...id, version: 1, blob: zeroHash, committee: 1n, threshold: 3 },
        shareCommitments: deal.commitments,
        ownerWrap: bytesToHex(await wrapKey({ id, dataKey, to: (await newKeyPair()).publicKey })),
        createdAt: now(),
      })
      await everywhere((each, i) =>
        each.putManifest({ manifest, index: i + 1, sealedShare: bytesToHex(deal.sealedShares[i]) }),
      )
      return { path, object: id.object }
    },
    async grant({ path, object }) {
      const grant = {
        ...{ project, scope: project, subjectKind: 0, subject, renditions: 1n, purposes: 63 },
        ...{ notBefore: now() - 60n, expiry: inAnHour(), delegation: 0, parent: zeroHash, nonce: random() },
      }
      const { signature } = await signMessage(owner, domain, 'Grant', grant)
      await send({ address: grants, abi: grantsAbi, functionName: 'grant', args: [grant, signature] })
      const evidence = encodeEvidence({ chain: [{ grant, signature, proof: [] }], path })
      return { object, evidence, id: messageHash(domain, 'Grant', grant) }
    },
    /** Chain and clock say nothing of it: the nodes' own disks alone. @returns when each node has acknowledged it */
    async revoke({ id }) {
      const order = await signMessage(owner, domain, 'RevokeNow', { project, grant: id, issuedAt: now() })
      return everywhere((each) => each.revokeNow(order))
    },
    async erase({ object }) {
      const erase = await signMessage(owner, domain, 'Erase', { project, object, issuedAt: now() })
      return everywhere((each) => each.erase({ erase, manifests: [] }))
    },
  }
}

/** Asks nodes with requests of its own, and writes down all that comes. */
async function asker({ project, clients }, nodes) {
  const key = privateKeyToAccount(generatePrivateKey())
  const session = await signMessage(reader, domain, 'Session', {
    ...{ subject: accountSubject({ chainId: domain.chainId, address: reader.address }), project },
    ...{ key: key.address, purposes: 63, notBefore: now() - 30n, expiry: now() + 7n * 3_600n },
  })
  const { publicKey } = await newKeyPair()
  const answers = []
  const send = async (asked) => {
    const at = performance.now()
    const answer = await clients[asked.i].release(asked.body)
    if (answer.status === 'ok') answers.push({ ...asked, at, receipt: answer.value.receipt })
    return answer.value?.receipt.message
  }
  return {
    answers,
    send,
    async body(i, { object, evidence }) {
      const request = await signMessage(key, domain, 'Request', {
        ...{ node: nodes[i].address, session: messageHash(domain, 'Session', session.message), project },
        ...{ object, rendition: 0, epoch: 1, purpose: 1, ephemeralKey: bytesToHex(publicKey) },
        ...{ evidence: keccak256(evidence), nonce: random(), notAfter: now() + 55n },
      })
      return { session, request, evidence }
    },
    /** A body that is no request: it has its receipt as well, of no project. */
    async nonsense(i) {
      const response = await fetch(`${nodes[i].url}/v1/release`, { method: 'POST', body: random() })
      if (response.status !== 403) return
      const receipt = signedFromJson('Receipt', (await response.json()).receipt)
      answers.push({ i, at: performance.now(), receipt })
    },
  }
}

/** Every node, restarted once more, with every grant that there was. @returns what it says otherwise than it has to */
async function lastWords(ask, targets, nodes) {
  const faults = []
  for (const i of nodes.keys())
    for (const target of targets) {
      const isOver = target.revoked !== undefined || target.erased !== undefined
      const message = await ask.send({ i, target, body: await ask.body(i, target) })
      if (message?.released === isOver || message === undefined)
        faults.push(
          `node ${i}: ${message ? (isOver ? 'releases what is over' : `denies ${message.reason}`) : 'no answer'}`,
        )
    }
  return faults
}

/**
 * An owner who deals, grants, takes back and erases, and readers who ask all the while, some of it again, until `stop`; `check` says what was wrong.
 * @param net `world` with key nodes
 */
export async function keyLoad(net) {
  const { nodes, chain, client } = net
  for (const { address } of nodes) await chain.request('anvil_setBalance', [address, toHex(parseEther('10'))])
  const at = await studio(net)
  await net.safe()
  const ask = await asker(at, nodes)
  const targets = []
  let isOn = true
  let orders = 0
  const own = async () => {
    while (isOn) {
      const object = await at.deal()
      const [first, second] = [await at.grant(object), await at.grant(object)]
      targets.push(first, second)
      await sleep(randomInt(100, 1_000))
      first.revoked = await at.revoke(first)
      orders++
      if (randomInt(2) === 0) continue
      const erased = await at.erase(object)
      for (const each of targets) if (each.object === object.object) each.erased = erased
      orders++
    }
  }
  const sent = []
  const read = async () => {
    while (isOn) {
      const i = randomInt(nodes.length)
      const target = targets[targets.length - 1 - randomInt(Math.max(1, Math.min(NEWEST, targets.length)))]
      if (target === undefined) await sleep(20)
      else if (randomInt(20) === 0) await ask.nonsense(i).catch(() => {})
      else if (sent.length > 0 && randomInt(3) === 0) await ask.send(sent[randomInt(sent.length)])
      else {
        const asked = { i, target, body: await ask.body(i, target) }
        sent.push(asked)
        if (sent.length > AGAIN) sent.shift()
        // Now and then twice at once.
        await Promise.all(Array.from({ length: randomInt(5) === 0 ? 2 : 1 }, () => ask.send(asked)))
      }
      await sleep(randomInt(60))
    }
  }
  const working = Promise.all([
    ...Array.from({ length: OWNERS }, own),
    ...Array.from({ length: READERS }, read),
  ])
  return {
    progress: () => `${ask.answers.length} receipts held, ${orders} orders acknowledged`,
    stop() {
      isOn = false
      return working
    },
    async check() {
      await Promise.all(nodes.map((node) => node.kill().then(() => node.start())))
      const violations = await lastWords(ask, targets, nodes)
      violations.push(...lateReleases(ask.answers.filter(({ target }) => target)))
      violations.push(...(await heldFaults(ask.answers, nodes)))
      const logs = []
      for (const [i, node] of nodes.entries()) logs.push(await logOf(node, at.clients[i], at.project))
      const held = ask.answers
        .map(({ receipt }) => receipt)
        .filter(({ message }) => message.project === at.project)
      const { findings, findingCount } = await auditReceipts({
        ...{ domain, project: at.project, nodes: logs, held, state: chainState({ client }) },
      })
      for (const { node, kind, sequence, detail } of findings)
        violations.push(`${node}: ${kind} at ${sequence}: ${detail}`)
      const released = ask.answers.filter(({ receipt }) => receipt.message.released)
      if (released.length > 0) violations.push(...(await blindSpots(released[0], nodes)))
      const receipts = logs.reduce((sum, { entries }) => sum + entries.length, 0)
      const anchored = logs.filter(({ anchors }) => anchors).length
      const text = `${ask.answers.length} receipts held (${released.length} released), ${receipts} in the logs of ${nodes.length} nodes, ${anchored} of them anchored; ${orders} orders acknowledged; the auditor finds ${findingCount}`
      return { text, violations, isEmpty: released.length === 0 || orders === 0 }
    },
  }
}

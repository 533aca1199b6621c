// What is held against key nodes: the receipts that clients hold, and the nodes' own logs.
import { testAccount } from '@animechain/testing'
import { messageHash, signerOf, signMessage } from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { domain } from './nodes.mjs'
import { inAnHour } from './world.mjs'

/** What of the receipts that clients hold cannot be: two of one sequence, one that does not follow the one before, a nonce that counted twice. */
export async function heldFaults(answers, nodes) {
  const faults = []
  const bySequence = new Map()
  const released = new Map()
  for (const { i, receipt } of answers) {
    const { message } = receipt
    const signer = await signerOf(domain, 'Receipt', receipt)
    if (signer?.toLowerCase() !== nodes[i].address) faults.push(`node ${i}: a receipt signed by ${signer}`)
    const hash = messageHash(domain, 'Receipt', message)
    const place = (sequence) => `${i} ${message.project} ${sequence}`
    const known = bySequence.get(place(message.sequence))
    if (known && known.hash !== hash) faults.push(`node ${i}: two receipts of sequence ${message.sequence}`)
    bySequence.set(place(message.sequence), {
      hash,
      previous: message.previous,
      before: place(message.sequence - 1n),
    })
    if (!message.released) continue
    if (released.has(message.request) && released.get(message.request) !== hash)
      faults.push(`node ${i}: the request ${message.request} was released twice`)
    released.set(message.request, hash)
  }
  for (const [at, { previous, before }] of bySequence) {
    const one = bySequence.get(before)
    if (one && one.hash !== previous) faults.push(`${at}: does not name the receipt before it`)
  }
  return faults
}

/** Releases that were asked for after the node had acknowledged that there are to be none. */
export function lateReleases(answers) {
  return answers.flatMap(({ i, at, target, receipt }) => {
    if (!receipt.message.released) return []
    const order = [target.revoked, target.erased].find((acknowledged) => acknowledged?.[i] < at)
    return order
      ? [`node ${i}: released ${Math.round(at - order[i])} ms after it acknowledged the order`]
      : []
  })
}

/** All receipts of a node's log for the project. */
export async function logOf(node, client, project) {
  const entries = []
  for (;;) {
    const read = await signMessage(testAccount(0), domain, 'ProjectRead', {
      ...{ project, node: node.address, notAfter: inAnHour() },
    })
    const from = BigInt(entries.length)
    const answer = await client.receipts(read, { from, limit: 500 }, { timeoutMs: 60_000 })
    if (answer.status !== 'ok') throw new Error(`receipts of ${node.address}: ${answer.message}`)
    const { entries: page, next, anchor } = answer.value
    entries.push(...page)
    if (page.length === 0 || BigInt(entries.length) >= next)
      return { node: node.address, entries, next, ...(anchor && { anchors: [anchor] }) }
  }
}

/** Whether a second receipt in the place of one, a second release of a request and one that came too late are seen where there are some. */
export async function blindSpots({ i, receipt, target }, nodes) {
  const signer = privateKeyToAccount(nodes[i].key)
  const other = (change) => signMessage(signer, domain, 'Receipt', { ...receipt.message, ...change })
  const { sequence, timestamp } = receipt.message
  const fork = { i, receipt: await other({ timestamp: timestamp + 1n }) }
  const again = { i, receipt: await other({ sequence: sequence + 2n }) }
  const late = { i, receipt, target: { ...target, revoked: nodes.map(() => 0) }, at: 1 }
  const seen = {
    'a second receipt of a sequence': await heldFaults([{ i, receipt }, fork], nodes),
    'a second release of a request': await heldFaults([{ i, receipt }, again], nodes),
    'a release after an order': lateReleases([late]),
  }
  return Object.keys(seen).flatMap((what) =>
    seen[what].length > 0 ? [] : [`the check does not see ${what}`],
  )
}

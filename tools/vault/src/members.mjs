// Two key nodes of five give way to others without the owner, for many assets: real nodes on loopback, real HTTP. What they had is destroyed, what they may have
// kept opens nothing together with any t - 1 of the new ones, and the new ones open every key.
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import {
  combineShares,
  dealKey,
  newDataKey,
  newKeyPair,
  shareOfOpening,
  wrapKey,
} from '@animechain/vault-format'
import { chainView, embeddedMetadata, fixedCommittees, moveShares, vaultNode } from '@animechain/vault-node'
import { messageHash, objectAt, signMessage } from '@animechain/vault-protocol'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { domain } from './nodes.mjs'

const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`
const THRESHOLD = 3
const OLD = [0, 1, 2, 3, 4]
const NEW = [0, 5, 2, 6, 4]
const LEFT = [1, 3]
/** Assets that are moved at once. */
const AT_ONCE = 4

/** Seven key nodes, in one process; no chain is asked in what they do here. */
async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'vault-members-'))
  const epochs = []
  const nodes = []
  const shareKeys = []
  const rpc = { request: () => Promise.reject(new Error('there is no chain')) }
  for (let i = 0; i < 7; i++) {
    shareKeys.push(await newKeyPair())
    const node = vaultNode({
      roles: ['keys'],
      domain,
      signer: privateKeyToAccount(generatePrivateKey()),
      shareKey: shareKeys[i],
      view: chainView({ rpc, registry: domain.registry, clock: systemClock, logger: silentLogger }),
      committees: fixedCommittees(() => epochs),
      policies: [],
      metadata: embeddedMetadata(memoryStorage()),
      folder: join(folder, `node${i}`),
      releasesPerMinute: 1e9,
      http: { port: 0, requestsPerMinute: 1e9 },
    })
    await node.start()
    nodes.push(node)
  }
  const group = (chosen) => ({
    threshold: THRESHOLD,
    members: chosen.map((i) => ({
      key: nodes[i].address,
      shareKey: hex(shareKeys[i].publicKey),
      url: nodes[i].url,
    })),
  })
  const add = (chosen) => {
    epochs.push({ storage: group(chosen), keys: group(chosen) })
    return { epoch: BigInt(epochs.length), ...group(chosen) }
  }
  return {
    nodes,
    shareKeys,
    add,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An asset as its owner dealt it; into the nodes' stores as their HTTP API leaves it there. */
async function dealAsset({ nodes, shareKeys }, owner, project) {
  const path = [hex(randomBytes(32))]
  const object = objectAt(project, path)
  const id = { object, rendition: 0, epoch: 1 }
  const dataKey = newDataKey()
  const to = OLD.map((i) => shareKeys[i].publicKey)
  const deal = await dealKey({ id, dataKey, committee: 1n, to, threshold: THRESHOLD })
  const manifest = await signMessage(owner, domain, 'Manifest', {
    ...{
      project,
      object,
      path,
      rendition: 0,
      version: 1,
      epoch: 1,
      blob: hex(randomBytes(32)),
      committee: 1n,
    },
    threshold: THRESHOLD,
    shareCommitments: deal.commitments,
    ownerWrap: hex(await wrapKey({ id, dataKey, to: shareKeys[0].publicKey })),
    createdAt: BigInt(Math.floor(Date.now() / 1_000)),
  })
  const { openDeal } = await import('@animechain/vault-format')
  const manifestHash = messageHash(domain, 'Manifest', manifest.message)
  const shares = []
  for (const [j, i] of OLD.entries()) {
    const { privateKey } = shareKeys[i]
    const opening = await openDeal({
      id,
      committee: 1n,
      index: j + 1,
      sealed: deal.sealedShares[j],
      privateKey,
    })
    shares.push(shareOfOpening(opening))
    await nodes[i].keys.shares.put({ manifest, manifestHash, index: j + 1 }, opening)
  }
  return { object, dataKey, shares }
}

const shareAt = async (node, object) => {
  const opening = await node.keys.shares.opening(object, 0)
  return opening && shareOfOpening(opening)
}

/** What does not hold for an asset after the change. */
async function faultsOf({ nodes }, { object, dataKey, shares }) {
  const faults = []
  const opens = async (some) => Buffer.from(await combineShares(some)).equals(dataKey)
  const fresh = await Promise.all(NEW.map((i) => shareAt(nodes[i], object)))
  if (fresh.some((each) => each === undefined)) return ['a new node has no share']
  for (const first of [0, 1, 2])
    if (!(await opens(fresh.slice(first, first + 3)))) faults.push('three new shares open another key')
  for (const i of LEFT) if (await shareAt(nodes[i], object)) faults.push('a share of one who left is there')
  // The two who left kept theirs, against the rules, and t - 1 of the new nodes are theirs as well: every three of those four, and all of them.
  const two = [0, 1, 2, 3, 4].sort(() => randomInt(3) - 1).slice(0, THRESHOLD - 1)
  const known = [...LEFT.map((i) => shares[i]), ...two.map((k) => fresh[k])]
  for (const chosen of [known, ...known.map((each) => known.filter((other) => other !== each))]) {
    const isApart = new Set(chosen.map((each) => each[32])).size === chosen.length
    if (isApart && (await opens(chosen))) faults.push('old and new shares open the key together')
  }
  return faults
}

const some = (of, work) => {
  let at = 0
  const one = async () => {
    while (at < of.length) await work(of[at++])
  }
  return Promise.all(Array.from({ length: AT_ONCE }, one))
}

/** @returns whether every key moved, and those who left learn nothing */
export async function members({ assets: wanted = 10_000, log = console.log } = {}) {
  const committee = await start()
  const owner = privateKeyToAccount(generatePrivateKey())
  const project = hex(randomBytes(32))
  const faults = []
  try {
    const from = committee.add(OLD)
    const assets = []
    await some(Array.from({ length: wanted }), async () =>
      assets.push(await dealAsset(committee, owner, project)),
    )
    log(`${assets.length} assets dealt to five key nodes, ${THRESHOLD} of which open each`)
    const to = committee.add(NEW)
    const began = Date.now()
    let moved = 0
    await some(assets, async ({ object }) => {
      const { liars, left } = await moveShares({ domain, object, rendition: 0, from, to })
      if (liars.length + left.length > 0) faults.push(`${object}: ${liars.length} liars, ${left.length} left`)
      if (++moved % 500 === 0) log(`${moved} moved`)
    })
    const seconds = (Date.now() - began) / 1_000
    for (const asset of assets)
      for (const fault of await faultsOf(committee, asset)) faults.push(`${asset.object}: ${fault}`)
    log(
      `two of five key nodes swapped without the owner: ${moved} assets in ${seconds.toFixed(1)} s, ${((1_000 * seconds) / moved).toFixed(1)} ms each, ${faults.length} violations`,
    )
  } finally {
    await committee.stop()
  }
  for (const each of faults.slice(0, 20)) log(`  ${each}`)
  return faults.length === 0
}

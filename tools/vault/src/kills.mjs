// kill -9 of nodes at random, while blobs are put and keys are asked for: nothing that was acknowledged is gone, and no receipt is contradicted by another.
import { randomInt } from 'node:crypto'
import { UNITS } from '@animechain/vault-format'
import { blobLoad } from './blobLoad.mjs'
import { keyLoad } from './keyLoad.mjs'
import { sleep, world } from './world.mjs'

/** Nodes that are down at once, at most: a key or a shard is then still there. */
const DOWN = 2

/** Kills nodes and starts them again: one of them may be killed while another is still on its way up. */
async function killAtRandom({ nodes }, wanted, told) {
  const up = new Set(nodes)
  let [begun, done] = [0, 0]
  const killer = async () => {
    while (begun < wanted) {
      begun++
      await sleep(randomInt(20, 250))
      const node = [...up][randomInt(up.size)]
      up.delete(node)
      await node.kill()
      await node.start()
      up.add(node)
      told(++done)
    }
  }
  await Promise.all(Array.from({ length: DOWN }, killer))
}

/**
 * @param options.kills how many
 * @param options.count nodes, from 3; with five of them blobs are put, too
 * @returns whether nothing that was acknowledged is gone, and every chain of receipts is one
 */
export async function kills({ kills: wanted = 200, count = 5, log = console.log } = {}) {
  if (count < 3 || count > UNITS) throw new Error(`Expected 3 to ${UNITS} nodes, got ${count}.`)
  const hasBlobs = count === UNITS
  const net = await world({
    count,
    roles: hasBlobs ? 'storage,keys' : 'keys',
    // Anchors are killed as well as everything else.
    flags: { 'anchor-interval': 3 },
  })
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1_000)
  try {
    const keys = await keyLoad(net)
    const loads = [keys, ...(hasBlobs ? [blobLoad(net)] : [])]
    const progress = () => loads.map((each) => each.progress()).join(', ')
    await killAtRandom(net, wanted, (killed) => {
      if (killed % 5 === 0) log(`${killed} kills in ${seconds()} s: ${progress()}`)
    })
    log(`${wanted} kills in ${seconds()} s; now everything is looked at`)
    await Promise.all(loads.map((each) => each.stop()))
    const results = []
    for (const each of loads) results.push(await each.check())
    const violations = results.flatMap((each) => each.violations)
    for (const { text } of results) log(text)
    log(`${wanted} kills, ${seconds()} s in all, ${violations.length} violations`)
    for (const each of violations.slice(0, 50)) log(`  ${each}`)
    return violations.length === 0 && results.every(({ isEmpty }) => !isEmpty)
  } finally {
    await net.stop()
  }
}

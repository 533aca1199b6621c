// Nodes in network namespaces of their own, in two halves on two bridges. The cable between the bridges is cut and mended.
import { execFileSync } from 'node:child_process'
import { attestation } from './messages.mjs'
import { connect, startNode, until } from './nodes.mjs'

const MOST_HEAL_MS = 10_000
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Two bridges with a cable between them, and a namespace on them for each node. */
function wires(count, left) {
  // Names of interfaces have 15 characters at most.
  const id = `g${process.pid % 100_000}`
  const undo = []
  const made = (args, ...undoing) => {
    ip(...args)
    undo.unshift(undoing)
  }
  const cut = (state) => ip('link', 'set', `${id}x0`, state)
  const close = () => {
    for (const args of undo)
      try {
        ip(...args)
      } catch (error) {
        console.error(String(error.stderr ?? error))
      }
  }
  try {
    for (const side of [0, 1]) {
      made(['link', 'add', `${id}b${side}`, 'type', 'bridge'], 'link', 'del', `${id}b${side}`)
      ip('link', 'set', `${id}b${side}`, 'up')
    }
    made(['link', 'add', `${id}x0`, 'type', 'veth', 'peer', 'name', `${id}x1`], 'link', 'del', `${id}x0`)
    for (const side of [0, 1]) ip('link', 'set', `${id}x${side}`, 'master', `${id}b${side}`, 'up')
    const nodes = Array.from({ length: count }, (_, n) => {
      const namespace = `${id}n${n}`
      made(['netns', 'add', namespace], 'netns', 'del', namespace)
      ip('link', 'add', `${id}v${n}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
      ip('link', 'set', `${id}v${n}`, 'master', `${id}b${n < left ? 0 : 1}`, 'up')
      const address = `10.213.77.${n + 1}`
      ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
      ip('-n', namespace, 'link', 'set', 'eth0', 'up')
      ip('-n', namespace, 'link', 'set', 'lo', 'up')
      return { namespace, address }
    })
    return { nodes, cut, close }
  } catch (error) {
    close()
    throw new Error(`Cannot make network namespaces, which takes root and iproute2: ${error.message}`, {
      cause: error,
    })
  }
}

const batches = ({ got }) => new Set([...got.keys()].map((key) => Number(key.split('/')[1])))

/** Cuts four nodes from three for so long, then counts how long it takes until all have all. */
export async function partition({ seconds = 30 }) {
  const [count, left] = [7, 4]
  const { nodes: places, cut, close } = wires(count, left)
  const nodes = []
  try {
    for (const { namespace, address } of places)
      nodes.push(await startNode({ namespace, listen: [`/ip4/${address}/tcp/4001`] }))
    await connect(nodes)
    await nodes[0].publish(await attestation(0, 1))
    await until(() => nodes.every((node) => batches(node).has(1)), 'the first message everywhere', 30_000)

    cut('down')
    await new Promise((resolve) => setTimeout(resolve, 500))
    const each = 20
    for (let n = 0; n < each; n++) {
      await nodes[0].publish(await attestation(n, 100 + n))
      await nodes[count - 1].publish(await attestation(n, 200 + n))
      await new Promise((resolve) => setTimeout(resolve, (seconds * 1_000) / each))
    }
    await until(
      () => nodes.every((node) => batches(node).size === 1 + each),
      'each half to have its own',
      30_000,
    )
    const leaked = nodes.filter((node, index) => batches(node).has(index < left ? 200 : 100)).length

    cut('up')
    const mended = Date.now()
    await until(() => nodes.every((node) => batches(node).size === 1 + 2 * each), 'all to have all', 120_000)
    const took = Date.now() - mended
    const blamed = nodes.reduce((sum, { health }) => sum + health.graylisted, 0)
    console.log(`partition 4/3 for ${seconds} s: ${2 * each} messages; all have all ${took} ms after it`)
    console.log(`  messages that crossed: ${leaked}; graylisted: ${blamed}`)
    if (took > MOST_HEAL_MS) console.error(`  FAIL expected at most ${MOST_HEAL_MS} ms`)
    return took <= MOST_HEAL_MS && leaked === 0 && blamed === 0
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    close()
  }
}

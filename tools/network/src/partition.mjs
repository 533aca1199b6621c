// Nodes in network namespaces of their own, in two halves on two bridges. The cable between the bridges is cut and mended.
import { execFileSync } from 'node:child_process'
import { formatEther } from 'viem'
import { attestation } from './messages.mjs'
import { connect, startNode, until } from './nodes.mjs'
import { certificateOf, equalWeights } from './quorum.mjs'

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
/** Members whose attestation to a batch a node got. */
const from = ({ got }, batch) => [...got.keys()].filter((key) => Number(key.split('/')[1]) === batch).length

/** The batch that all attest to before the cut, and the one that each half attests to during it. */
const [BEFORE, DURING] = [1, 300]
/** Further batches of each half during it. */
const EACH = 20
const ether = (wei) => `${formatEther(wei)} ETH`

/** Every node publishes its own attestation to a batch. */
const attestAll = (nodes, batch) =>
  Promise.all(nodes.map(async (node, n) => node.publish(await attestation(n, batch))))

/** Whether each node alone can make a certificate of a batch with all signers in it. */
async function allCertify(nodes, batch, weights) {
  const found = await Promise.all(nodes.map((node) => certificateOf([node], batch, weights)))
  return found.every(({ ok, signers }) => ok && signers.length === nodes.length)
}

/** What the nodes of a half have, each for itself and all together, makes no certificate: neither by number of signers nor by weight. */
async function certifiesNothing(half, name, weights) {
  const each = await Promise.all(half.map((node) => certificateOf([node], DURING, weights)))
  const together = await certificateOf(half, DURING, weights)
  const { byWeight, why, signers } = together
  console.log(
    `  ${name}: ${signers.length} of ${weights.of.size} signers, ${ether(together.weight)} of ${ether(together.needed)}: ${together.ok ? 'a certificate' : `none (${why}; by weight alone: ${byWeight?.why ?? byWeight})`}`,
  )
  const none = [...each, together].every((of) => !of.ok && of.byWeight?.ok === false)
  // Else it would be the gossip that is missing, and not the quorum.
  const complete = [...each, together].every((of) => of.signers.length === half.length)
  if (!none) console.error(`  FAIL expected no certificate in the ${name}`)
  if (!complete) console.error(`  FAIL expected each of the ${name} to have ${half.length} attestations`)
  return none && complete
}

/** Both halves attest on while they are cut from each other. Answers whether each kept to itself, and certified nothing. */
async function attestApart(nodes, { left, seconds, weights }) {
  await attestAll(nodes, DURING)
  for (let n = 0; n < EACH; n++) {
    await nodes[0].publish(await attestation(n, 100 + n))
    await nodes.at(-1).publish(await attestation(n, 200 + n))
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1_000) / EACH))
  }
  const [first, second] = [nodes.slice(0, left), nodes.slice(left)]
  await until(
    () =>
      nodes.every((node) => batches(node).size === 2 + EACH) &&
      first.every((node) => from(node, DURING) === left) &&
      second.every((node) => from(node, DURING) === nodes.length - left),
    'each half to have its own',
    30_000,
  )
  const leaked = nodes.filter((node, index) => batches(node).has(index < left ? 200 : 100)).length
  console.log(`  messages that crossed: ${leaked}`)
  const apart = [
    await certifiesNothing(first, 'half of four', weights),
    await certifiesNothing(second, 'half of three', weights),
  ]
  return { messages: 2 * EACH + nodes.length, held: leaked === 0 && apart.every(Boolean) }
}

/** After it is mended: milliseconds until all have all, and until each can certify. */
async function heal(nodes, { batchCount, weights }) {
  const mended = Date.now()
  let certified
  await until(
    async () => {
      certified ??= (await allCertify(nodes, DURING, weights)) ? Date.now() - mended : undefined
      return certified !== undefined && nodes.every((node) => batches(node).size === batchCount)
    },
    'all to have all',
    120_000,
  )
  return { took: Date.now() - mended, certified }
}

/** Cuts four nodes from three for so long, then counts how long it takes until all have all, and until a certificate can be made. */
export async function partition({ seconds = 30 }) {
  const [count, left] = [7, 4]
  const weights = equalWeights(count)
  const { nodes: places, cut, close } = wires(count, left)
  const nodes = []
  try {
    for (const { namespace, address } of places)
      nodes.push(await startNode({ namespace, listen: [`/ip4/${address}/tcp/4001`] }))
    await connect(nodes)
    await attestAll(nodes, BEFORE)
    await until(() => allCertify(nodes, BEFORE, weights), 'a certificate everywhere before the cut', 30_000)

    cut('down')
    await new Promise((resolve) => setTimeout(resolve, 500))
    console.log(
      `partition 4/3 for ${seconds} s, ${count} equal stakes of ${ether(weights.total / BigInt(count))}`,
    )
    const { messages, held } = await attestApart(nodes, { left, seconds, weights })

    cut('up')
    const { took, certified } = await heal(nodes, { batchCount: 2 + 2 * EACH, weights })
    const blamed = nodes.reduce((sum, { health }) => sum + health.graylisted, 0)
    console.log(`  healed: each node can make the certificate of all seven ${certified} ms after it`)
    console.log(`  healed: all have all ${messages} messages ${took} ms after it; graylisted: ${blamed}`)
    const late = Math.max(took, certified) > MOST_HEAL_MS
    if (late) console.error(`  FAIL expected at most ${MOST_HEAL_MS} ms`)
    return !late && held && blamed === 0
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    close()
  }
}

// Follows docs/guides/getting-started.md word by word on Hardhat's node as if it were a public L1: runs every shell block of the guide in one shell, the
// blocks marked `service` as programs that stay, and then looks at both chains. Three things are not the guide's: the free ports that its ports are
// replaced by, ether for the keys, and settings in the environment that make periods short.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, http, numberToHex, parseAbi, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhatNode } from '../dev/hardhat.mjs'
import { root } from '../dev/setup.mjs'

const L1_CHAIN_ID = 31_338
const BLOCK_LIMIT_MS = 240_000
const FUNDS = parseEther('50')
const PORTS = ['9545', '9546', '9560', '9571', '9572', '9573']

const guide = readFileSync(join(root, 'docs/guides/getting-started.md'), 'utf8')
const blocks = [...guide.matchAll(/```sh ?(\w*)\n([\s\S]*?)```/g)]
  .map(([, kind, text]) => ({ kind, text }))
  // This is the installation that it would make.
  .filter(({ kind }) => kind !== 'install')

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(String(port)))
    })
  })

const began = Date.now()
const seconds = () => `${((Date.now() - began) / 1_000).toFixed(1)} s`
const folder = mkdtempSync(join(tmpdir(), 'guide-'))
const chain = join(folder, 'my-chain')
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
mkdirSync(join(folder, 'logs'))

const ports = new Map()
for (const port of PORTS) ports.set(port, await freePort())
const here = (text) => text.replace(new RegExp(PORTS.join('|'), 'g'), (port) => ports.get(port))

const l1 = await hardhatNode({
  port: Number(await freePort()),
  cache: join(folder, 'hardhat'),
  // Every transaction is a block at once, and every second is one. The limit is EIP-7825's for a transaction: with a higher one Hardhat's estimator tries more gas than
  // that and fails, where the first guess does not do.
  network: {
    blockGasLimit: 2 ** 24,
    chainId: L1_CHAIN_ID,
    accounts: { count: 1 },
    mining: { auto: true, interval: 1_000 },
  },
})
const l1Client = createPublicClient({ transport: http(l1.url), cacheTime: 0 })
console.log(`Hardhat's node runs as L1 (${seconds()})`)

const shell = spawn('bash', ['-e'], {
  cwd: folder,
  // A group of its own, so that all of its programs can be ended together.
  detached: true,
  stdio: ['pipe', 'pipe', 'pipe'],
  env: {
    ...process.env,
    L1_RPC_URL: l1.url,
    L1_CHAIN_ID: String(L1_CHAIN_ID),
    ANIMECHAIN_PRESET: 'test',
    ANIMECHAIN_MAX_BATCH_AGE: '2',
    ANIMECHAIN_GRACE: '0',
  },
})
let output = ''
let ended = false
shell.stdout.on('data', (chunk) => (output += chunk))
shell.stderr.on('data', (chunk) => (output += chunk))
shell.once('close', () => (ended = true))
shell.stdin.on('error', () => {})

/** Runs one block in the shell and resolves with what it printed. */
async function run({ kind, text }, index) {
  const from = output.length
  const mark = `-- block ${index} done --`
  const log = `${folder}/logs/${index}.log`
  shell.stdin.write(
    kind === 'service'
      ? `{ ${here(text)} } > ${log} 2>&1 < /dev/null &\necho '${mark}'\n`
      : `{ ${here(text)}\n} < /dev/null\necho '${mark}'\n`,
  )
  for (const start = Date.now(); !output.includes(mark, from);) {
    if (ended) throw new Error(`a command of this block failed:\n${text}\n${output.slice(from)}`)
    if (Date.now() - start > BLOCK_LIMIT_MS)
      throw new Error(
        `this block did not end within ${BLOCK_LIMIT_MS / 1_000} s:\n${text}\n${output.slice(from)}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return output.slice(from, output.indexOf(mark, from))
}

/** What a reader does with a wallet: sends ether to each key that has none. */
const funded = new Set()
async function fund() {
  const keys = join(chain, 'keys')
  for (const name of existsSync(keys) ? readdirSync(keys) : []) {
    if (funded.has(name)) continue
    funded.add(name)
    const [from] = await l1Client.request({ method: 'eth_accounts' })
    const request = { from, to: accountOf(name), value: numberToHex(FUNDS) }
    await l1Client.request({ method: 'eth_sendTransaction', params: [request] })
  }
}
const accountOf = (name) =>
  privateKeyToAccount(readFileSync(join(chain, 'keys', name), 'utf8').trim()).address

const failures = []
function expect(what, expected, got) {
  const ok = typeof expected === 'function' ? expected(got) : expected === got
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}: ${got}`)
  if (!ok) failures.push(what)
}

/** What both chains say once every command of the guide has ended well. */
async function look() {
  const { addresses, rollup } = JSON.parse(readFileSync(join(chain, 'chain.json'), 'utf8'))
  const [sequencer, verifier] = ['9545', '9546'].map((port) =>
    createPublicClient({ transport: http(`http://127.0.0.1:${ports.get(port)}`), cacheTime: 0 }),
  )
  const safe = await verifier.getBlock({ blockTag: 'safe' })
  expect('blocks that the verifier derived', (number) => number > 0n, safe.number)
  const same = await sequencer.getBlock({ blockNumber: safe.number })
  expect("the sequencer's hash of the newest one", safe.hash, same.hash)
  const balance = await verifier.getBalance({ address: accountOf('user'), blockTag: 'safe' })
  expect('wei of the user on L2', (wei) => wei > parseEther('0.03') && wei < parseEther('0.04'), balance)

  const abi = parseAbi([
    'function batchCount() view returns (uint256)',
    'event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to)',
    'event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success)',
    'event BatchAppended(uint256 indexed index, bytes32 acc, (uint64,uint32,uint64,uint64) header, uint8 daKind, bytes commitment, (uint64,uint64,uint256,uint256,bytes32,uint64,uint32,uint32) context)',
    'event DisputeGameCreated(address indexed disputeProxy, uint32 indexed gameType, bytes32 indexed rootClaim)',
  ])
  const fromBlock = BigInt(rollup.l1StartBlock)
  const events = (address, eventName) => l1Client.getContractEvents({ address, abi, eventName, fromBlock })
  const batches = await events(addresses.inbox, 'BatchAppended')
  expect('batches on L1', (count) => count > 0, batches.length)
  const assertions = await events(addresses.disputeGameFactory, 'DisputeGameCreated')
  expect('assertions on L1', (count) => count > 0, assertions.length)
  const [paid] = await events(addresses.optimismPortal, 'WithdrawalFinalized')
  expect('a withdrawal is paid', true, paid?.args.success)
  const by = (await l1Client.getTransaction({ hash: paid.transactionHash })).from
  expect('by the bridge', accountOf('relayer').toLowerCase(), by)

  const [proven] = await events(addresses.optimismPortal, 'WithdrawalProven')
  const gasOf = async ({ transactionHash: hash }) => (await l1Client.getTransactionReceipt({ hash })).gasUsed
  const last = batches.at(-1)
  const { input } = await l1Client.getTransaction({ hash: last.transactionHash })
  console.log(
    `gas: batch ${await gasOf(last)} with ${(input.length - 2) / 2} bytes of input, assertion ${await gasOf(assertions.at(-1))}, proving ${await gasOf(proven)}, finalising ${await gasOf(paid)}`,
  )
}

let error
try {
  for (const [index, block] of blocks.entries()) {
    await fund()
    const printed = await run(block, index)
    console.log(
      `ok   block ${index + 1}/${blocks.length} (${seconds()}): ${block.text.trim().split('\n')[0].slice(0, 100)}`,
    )
    if (process.env.VERBOSE) console.log(printed)
  }
  await look()
} catch (cause) {
  error = cause
}
if (!ended) {
  process.kill(-shell.pid, 'SIGTERM')
  for (const start = Date.now(); !ended && Date.now() - start < 15_000;)
    await new Promise((resolve) => setTimeout(resolve, 50))
}
if (!ended) process.kill(-shell.pid, 'SIGKILL')
await l1.stop()
if (error || failures.length > 0) {
  console.error(error?.message ?? `FAIL ${failures.join(', ')}`)
  for (const name of readdirSync(join(folder, 'logs')))
    console.error(`-- ${name}\n${readFileSync(join(folder, 'logs', name), 'utf8').slice(-3_000)}`)
}
rmSync(folder, { recursive: true, force: true })
console.log(`the guide ${error || failures.length > 0 ? 'does not hold' : 'holds'} (${seconds()})`)
process.exit(error || failures.length > 0 ? 1 : 0)

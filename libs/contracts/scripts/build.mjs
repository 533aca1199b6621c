// Compiles src-sol with solc-js and writes src/generated/*.ts and snapshots/*.txt, which are committed, so that nobody
// needs a compiler to use the package. `--check` writes nothing and fails when what is committed is stale.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = join(root, 'src-sol')
const generated = join(root, 'src', 'generated')
const snapshots = join(root, 'snapshots')
const require = createRequire(import.meta.url)
const check = process.argv.includes('--check')

/** Contracts of OpenZeppelin that are deployed as they are. */
const vendored = [
  [
    '@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol',
    'TransparentUpgradeableProxy',
  ],
  ['@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol', 'ProxyAdmin'],
  ['@openzeppelin/contracts/governance/TimelockController.sol', 'TimelockController'],
]

const settings = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 800 },
  // The bytecode depends on nothing but the code.
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: {
    '*': {
      '*': [
        'abi',
        'evm.bytecode.object',
        'evm.deployedBytecode.object',
        'evm.deployedBytecode.immutableReferences',
        'storageLayout',
      ],
    },
  },
}

/** Snapshots that are measured elsewhere: by the Solidity tests, and by `npm run steps:gas`. */
const measured = ['gas.json', 'steps.json']

/** The largest deployed code that Ethereum accepts (EIP-170), in bytes. */
const maxCodeSize = 24_576

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter((path) => path.endsWith('.sol'))
    .sort()
}

const files = walk(sources)
const input = { language: 'Solidity', sources: {}, settings }
for (const file of files) input.sources[relative(root, file)] = { content: readFileSync(file, 'utf8') }
for (const [path] of vendored) input.sources[path] = { content: readFileSync(require.resolve(path), 'utf8') }

const { default: solc } = await import('solc')
const output = JSON.parse(
  solc.compile(JSON.stringify(input), {
    import: (path) => {
      try {
        return {
          contents: readFileSync(path.startsWith('@') ? require.resolve(path) : join(root, path), 'utf8'),
        }
      } catch (error) {
        return { error: String(error) }
      }
    },
  }),
)
const problems = (output.errors ?? []).filter(
  (e) => e.severity === 'error' || e.sourceLocation?.file.startsWith('src-sol'),
)
for (const problem of problems) process.stderr.write(problem.formattedMessage + '\n')
if (problems.length > 0) {
  process.stderr.write(`${problems.length} errors or warnings; nothing was written.\n`)
  process.exit(1)
}

const contracts = []
for (const [path, units] of Object.entries(output.contracts)) {
  for (const [name, unit] of Object.entries(units)) {
    const wanted = path.startsWith('src-sol/') || vendored.some(([p, n]) => p === path && n === name)
    if (!wanted || unit.evm.bytecode.object === '') continue
    // A library with internal functions only is inlined where it is used.
    if (unit.abi.every((item) => item.type === 'error')) continue
    const size = unit.evm.deployedBytecode.object.length / 2
    if (size > maxCodeSize)
      throw new Error(
        `${path}:${name} has ${size} bytes of code, above the limit of ${maxCodeSize} (EIP-170)`,
      )
    if (contracts.some((other) => other.name === name)) throw new Error(`two contracts are named ${name}`)
    contracts.push({ name, path, unit, size })
  }
}
contracts.sort((a, b) => (a.name < b.name ? -1 : 1))

/** inbox, l1Block, optimismMintableErc20Factory: runs of capitals become one word. */
export function camel(name) {
  const words = name.match(
    /[A-Z]+\d+(?![a-z])|[A-Z]\d+[A-Z]+(?![a-z])|[A-Z]+(?![a-z])|[A-Z][a-z]*\d*[a-z]*\d*|\d+/g,
  ) ?? [name]
  return words
    .map((word, i) => (i === 0 ? word.toLowerCase() : word[0].toUpperCase() + word.slice(1).toLowerCase()))
    .join('')
}

function layoutOf(unit) {
  const layout = unit.storageLayout
  if (!layout) return []
  return layout.storage.map((entry) => ({
    label: entry.label,
    slot: entry.slot,
    offset: entry.offset,
    bytes: Number(layout.types[entry.type].numberOfBytes),
    type: layout.types[entry.type].label,
  }))
}

function parameter(p) {
  const type = p.type.startsWith('tuple')
    ? `(${p.components.map(parameter).join(', ')})${p.type.slice(5)}`
    : p.type
  return [type, p.indexed ? 'indexed' : '', p.name].filter(Boolean).join(' ')
}
function signature(item) {
  const inputs = (item.inputs ?? []).map(parameter).join(', ')
  const outputs = item.outputs?.length ? ` returns (${item.outputs.map(parameter).join(', ')})` : ''
  const mutability =
    item.stateMutability && item.stateMutability !== 'nonpayable' ? ` ${item.stateMutability}` : ''
  return `${item.type}${item.name ? ` ${item.name}` : ''}(${inputs})${mutability}${outputs}`
}

const written = new Map()
const index = []
for (const { name, path, unit } of contracts) {
  const id = camel(name)
  index.push(
    `export { ${id}Abi, ${id}Bytecode, ${id}DeployedBytecode, ${id}StorageLayout } from './${name}.js'`,
  )
  const immutables = Object.keys(unit.evm.deployedBytecode.immutableReferences ?? {}).length
  written.set(
    join(generated, `${name}.ts`),
    [
      `// Generated by scripts/build.mjs from ${path} with solc ${solc.version().split('+')[0]}. Do not edit.`,
      `/** ABI of \`${name}\`. */`,
      '// prettier-ignore',
      `export const ${id}Abi = ${JSON.stringify(unit.abi)} as const`,
      '',
      `/** Creation code of \`${name}\`; ABI-encoded constructor arguments follow it. */`,
      `export const ${id}Bytecode: \`0x\${string}\` = '0x${unit.evm.bytecode.object}'`,
      '',
      `/** Code of \`${name}\` on chain${immutables ? '; its immutables are zero here' : ''}. */`,
      `export const ${id}DeployedBytecode: \`0x\${string}\` = '0x${unit.evm.deployedBytecode.object}'`,
      '',
      `/** Storage variables of \`${name}\`: slot, offset and size in bytes from the low end. */`,
      '// prettier-ignore',
      `export const ${id}StorageLayout = ${JSON.stringify(layoutOf(unit))} as const`,
      '',
    ].join('\n'),
  )
}
written.set(
  join(generated, 'index.ts'),
  `// Generated by scripts/build.mjs. Do not edit.\n${index.join('\n')}\n`,
)
written.set(
  join(snapshots, 'abi.txt'),
  contracts
    .map(
      ({ name, unit }) =>
        `${name}\n${unit.abi
          .map((item) => `  ${signature(item)}`)
          .sort()
          .join('\n')}\n`,
    )
    .join('\n'),
)
written.set(
  join(snapshots, 'storage.txt'),
  contracts
    .map(
      ({ name, unit }) =>
        `${name}\n${layoutOf(unit)
          .map((s) => `  ${s.slot}+${s.offset} ${s.bytes} bytes ${s.label}: ${s.type}\n`)
          .join('')}`,
    )
    .join('\n'),
)
written.set(join(snapshots, 'size.txt'), contracts.map(({ name, size }) => `${name} ${size}\n`).join(''))

const stale = []
for (const folder of [generated, snapshots]) {
  mkdirSync(folder, { recursive: true })
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry)
    if (written.has(path) || measured.includes(entry)) continue
    stale.push(path)
    if (!check) rmSync(path)
  }
}
for (const [path, text] of written) {
  let present
  try {
    present = readFileSync(path, 'utf8')
  } catch {}
  if (present === text) continue
  stale.push(path)
  if (!check) writeFileSync(path, text)
}
if (check && stale.length > 0) {
  process.stderr.write(
    `Stale, run "npm run compile" in libs/contracts:\n${stale.map((p) => `  ${relative(root, p)}\n`).join('')}`,
  )
  process.exit(1)
}
process.stdout.write(`${contracts.length} contracts, ${stale.length} files ${check ? 'stale' : 'written'}\n`)

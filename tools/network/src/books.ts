// npm run network -- books: random actions on a model of the books, on the contracts on anvil, and on the contracts in forge.
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { encodeAbiParameters } from 'viem'
import { encodeTrace, kinds, type Action } from './books/actions.js'
import { playModel, type End } from './books/digest.js'
import { sumNames } from './books/model.js'
import { playContracts, traceBySeed } from './books/run.js'

/** From dist/ and from src/ it is the same. */
const contracts = fileURLToPath(new URL('../../../libs/contracts/', import.meta.url))
const TRACE = 'cache/books.json'

/** What NetworkBooks.t.sol reads: a trace, and what came of it here. */
export const traceFile = (
  actions: readonly Action[],
  { digest, sums }: Pick<End, 'digest' | 'sums'>,
): string =>
  `${JSON.stringify(
    {
      trace: encodeTrace(actions),
      digest,
      sums: encodeAbiParameters([{ type: 'uint256[]' }], [[...sums]]),
    },
    null,
    2,
  )}\n`

/** Plays the trace in forge; whether its books are the same. */
async function playForge(
  actions: readonly Action[],
  end: End,
  say: (line: string) => void,
): Promise<boolean> {
  await mkdir(`${contracts}cache`, { recursive: true })
  await writeFile(`${contracts}${TRACE}`, traceFile(actions, end))
  const child = spawn(
    process.execPath,
    ['scripts/forge.mjs', 'test', '--match-contract', 'NetworkBooksTest', '-vv'],
    {
      ...{ cwd: contracts, stdio: ['ignore', 'pipe', 'inherit'] },
      env: { ...process.env, FOUNDRY_PROFILE: 'books', BOOKS_TRACE: TRACE },
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-100_000)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) say(output)
  return code === 0
}

/**
 * @param options.actions how many
 * @param options.seed of them
 * @param options.on `all`, `anvil`, `forge`, or `model` alone
 * @returns whether model, anvil and forge have the same books after every action
 */
export async function books({
  actions: length,
  seed,
  on = 'all',
  log: say = console.log,
}: {
  actions: number
  seed: number
  on?: string
  log?: (line: string) => void
}): Promise<boolean> {
  if (!['all', 'anvil', 'forge', 'model'].includes(on))
    throw new Error(`Expected all, anvil, forge or model as --on, got ${on}.`)
  const actions = traceBySeed(length, seed)
  const end = playModel(actions)
  for (const kind of kinds) {
    const [allowed, refused] = end.counts[kind]
    say(`${kind.padEnd(14)} ${`${allowed}`.padStart(6)} allowed ${`${refused}`.padStart(6)} refused`)
  }
  end.sums.forEach((sum, i) => say(`${sumNames[i]!.padEnd(18)} ${sum}`))
  say(`model  ${actions.length} actions, digest ${end.digest}`)
  if (on === 'all' || on === 'forge') {
    if (!(await playForge(actions, end, say))) return false
    say(`forge  ${actions.length} actions, the same sums and digest`)
  }
  if (on === 'all' || on === 'anvil') {
    const { digest, values } = await playContracts(actions, say)
    say(`anvil  ${actions.length} actions, ${values} values compared, digest ${digest}`)
    return digest === end.digest
  }
  return true
}

import { blockchainTest } from './blockchainTest.js'
import type { EngineUnderTest } from './engines.js'
import type { FixtureFile } from './fixtures.js'
import type { TestCase, TestFile } from './outcome.js'
import { rlpTest, trieTest } from './smallTests.js'
import { stateTests } from './stateTest.js'
import { transactionTests } from './transactionTest.js'

/**
 * Tells the kind of every test in a file by its shape; undefined when the file holds no test of a kind that is run.
 * A test that has the shape and cannot be understood is a case that fails.
 * @throws Error when the file is no JSON
 */
export function parseFile(file: FixtureFile, engine: EngineUnderTest): TestFile | undefined {
  let content: unknown
  try {
    content = JSON.parse(file.text)
  } catch (error) {
    throw new Error(`no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined
  const out: TestFile = { cases: [], skipped: {} }
  let known = false
  for (const [name, test] of Object.entries(content)) {
    let part: TestFile | undefined
    try {
      part = parseTest(file.path, name, test, engine)
    } catch (error) {
      part = { cases: [failing(`${file.path}::${name}`, error)], skipped: {} }
    }
    if (part === undefined) continue
    known = true
    out.cases.push(...part.cases)
    for (const [why, count] of Object.entries(part.skipped))
      out.skipped[why] = (out.skipped[why] ?? 0) + count
  }
  return known ? out : undefined
}

/** A case that fails with what is known already. */
export function failing(id: string, error: unknown): TestCase {
  return { id, run: () => Promise.reject(error) }
}

function parseTest(path: string, name: string, test: unknown, engine: EngineUnderTest): TestFile | undefined {
  if (typeof test !== 'object' || test === null) return undefined
  const has = (...keys: string[]) => keys.every((key) => key in test)
  if (has('pre', 'post', 'env', 'transaction')) return stateTests(path, name, test as never, engine)
  if (has('network', 'genesisBlockHeader', 'blocks')) return blockchainTest(path, name, test as never, engine)
  if (has('network', 'engineNewPayloads')) return { cases: [], skipped: { 'engine API payloads': 1 } }
  if (has('txbytes', 'result')) return transactionTests(path, name, test as never, engine)
  if (has('in', 'root')) return trieTest(path, name, test as never, engine)
  // Neighbours of a key in a trie: nothing here walks tries in order.
  if (has('in', 'tests')) return { cases: [], skipped: { 'no ordered walk of tries': 1 } }
  if ('out' in test && has('in') && typeof test.out === 'string' && /^(0x)?([0-9a-f]{2})*$/i.test(test.out))
    return rlpTest(path, name, test as never)
  return undefined
}

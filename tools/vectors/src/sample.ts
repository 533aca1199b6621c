import { keccak256Hex } from '@animechain/core'
import type { Arguments } from './arguments.js'
import type { EngineUnderTest } from './engines.js'
import { fixtureFiles, type FixtureFile, type UnreadableFile } from './fixtures.js'
import type { TestCase, TestFile } from './outcome.js'
import { failing, parseFile } from './parse.js'

/** A case's place in the sample: as good as random, and always the same. */
export const rank = (id: string) => keccak256Hex(new TextEncoder().encode(id))

/** The cases of a file; a file that cannot be read is a case that fails, as nobody knows what it would have shown. */
export function parsed(file: FixtureFile | UnreadableFile, engine: EngineUnderTest): TestFile | undefined {
  try {
    if ('unreadable' in file) throw new Error(file.unreadable)
    return parseFile(file, engine)
  } catch (error) {
    return { cases: [failing(file.path, error)], skipped: {} }
  }
}

export const isAskedFor = ({ only }: Pick<Arguments, 'only'>, id: string) =>
  only === undefined || id.includes(only.text) || (only.pattern?.test(id) ?? false)

/** The highest rank that is in the sample; undefined without one. */
export async function sampleLimit(
  args: Pick<Arguments, 'fixtures' | 'only' | 'sample'>,
  engine: EngineUnderTest,
): Promise<string | undefined> {
  if (args.sample === undefined) return undefined
  const ranks: string[] = []
  for await (const file of fixtureFiles(args.fixtures))
    for (const { id } of parsed(file, engine)?.cases ?? []) if (isAskedFor(args, id)) ranks.push(rank(id))
  ranks.sort()
  return ranks[Math.min(args.sample, ranks.length) - 1]
}

/** So many cases of all files, or all there are: always the same ones. */
export async function* sampledCases(
  fixtures: string,
  engine: EngineUnderTest,
  sample: number,
): AsyncGenerator<TestCase> {
  const limit = await sampleLimit({ fixtures, sample }, engine)
  for await (const file of fixtureFiles(fixtures))
    for (const test of parsed(file, engine)?.cases ?? [])
      if (limit !== undefined && rank(test.id) <= limit) yield test
}

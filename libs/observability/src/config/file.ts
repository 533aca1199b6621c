import { nearest } from './nearest.js'
import type { ConfigProblem } from './problem.js'
import type { Definition } from './table.js'
import { show } from './value.js'

/** Longest configuration file that is read, bytes. */
const MAX_FILE_BYTES = 2 ** 20

/** What a configuration file gives. */
export interface FileValues {
  values: Readonly<Record<string, unknown>>
  problems: ConfigProblem[]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The keys that are none of the program's. */
function unknownKeys(
  { table, program }: Definition,
  values: Readonly<Record<string, unknown>>,
  path: string,
): ConfigProblem[] {
  const isKnown = (key: string) => Object.hasOwn(table, key) || key === '$schema'
  return Object.keys(values)
    .filter((key) => !isKnown(key))
    .map((key) => {
      const meant = nearest(key, Object.keys(table))
      return {
        key,
        source: path,
        expected: 'a key of this program',
        got: `"${key}"`,
        fix: meant ? `Did you mean "${meant}"?` : `Remove it, or see ${program} --help.`,
      }
    })
}

/** Reads a configuration file. @param source what named it, for problems */
export function readConfigFile(
  definition: Definition,
  { path, source }: { path: string; source: string },
  readFile: (path: string) => string,
): FileValues {
  const unusable = (got: string, fix: string): FileValues => {
    const expected = 'a JSON file with one object'
    return { values: {}, problems: [{ key: 'config', source, expected, got, fix }] }
  }
  let values: unknown
  try {
    const text = readFile(path)
    if (text.length > MAX_FILE_BYTES) return unusable(`${text.length} bytes`, `Correct ${path}.`)
    values = JSON.parse(text)
  } catch (error) {
    return error instanceof SyntaxError
      ? unusable('text that is no JSON', `Correct ${path}: check commas and quotes.`)
      : unusable(`no readable file at ${path}`, 'Check the path and its permissions.')
  }
  if (!isObject(values)) return unusable(show(values), `Correct ${path}.`)
  return { values, problems: unknownKeys(definition, values, path) }
}

/** What a command line says, or what is wrong with it. */
export class UsageError extends Error {}

/** `--name value` and `--name=value`. @throws UsageError for a flag that is not among `flags`, or without its value */
export function readFlags(argv: readonly string[], flags: readonly string[]): Map<string, string> {
  const out = new Map<string, string>()
  for (let i = 0; i < argv.length; i++) {
    const [flag = '', inline] = argv[i]!.split(/=(.*)/s)
    if (!flags.includes(flag)) throw new UsageError(`Unknown argument ${flag}.`)
    const value = inline ?? argv[++i]
    if (value === undefined) throw new UsageError(`${flag} needs a value.`)
    out.set(flag, value)
  }
  return out
}

/** A whole number of at least 1. @throws UsageError */
export function count(flags: ReadonlyMap<string, string>, flag: string, otherwise: number): number {
  const text = flags.get(flag)
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${flag}: expected a whole number from 1 on, got ${text}.`)
  return value
}

/** Three whole numbers with commas between. @throws UsageError */
export function heights(
  flags: ReadonlyMap<string, string>,
  otherwise: readonly [number, number, number],
): readonly [number, number, number] {
  const text = flags.get('--heights')
  if (text === undefined) return otherwise
  const [h0, h1, h2, ...more] = text.split(',').map(Number)
  const isHeight = (value: number | undefined) =>
    value !== undefined && Number.isInteger(value) && value >= 0 && value <= 30
  if (![h0, h1, h2].every(isHeight) || more.length > 0)
    throw new UsageError(`--heights: expected three whole numbers up to 30 such as 13,20,20, got ${text}.`)
  return [h0!, h1!, h2!]
}

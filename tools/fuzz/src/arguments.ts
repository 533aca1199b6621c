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

export function positive(flags: ReadonlyMap<string, string>, flag: string): number | undefined {
  const text = flags.get(flag)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value)))
    throw new UsageError(`${flag}: expected a positive number, got ${text}.`)
  return value
}

export interface Output {
  line(text: string): void
  error(text: string): void
}

/** `12,345` */
export const grouped = (value: number) => Math.round(value).toLocaleString('en-US')

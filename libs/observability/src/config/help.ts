import type { ConfigField } from './field.js'
import type { Definition, Row } from './table.js'
import { show } from './value.js'

/** How a default looks in help and documentation. */
function showDefault({ default: value, required }: ConfigField): string {
  if (value === undefined) return required ? 'required' : ''
  return Array.isArray(value) ? value.join(',') : show(value)
}

/** A flag with its value, and what is said of it. */
function helpLine({ field, flag, env }: Row): [left: string, right: string] {
  const { type, choices, unit } = field
  const value = showDefault(field)
  const origins = [...(value ? [field.default === undefined ? value : `default ${value}`] : []), `env ${env}`]
  return [
    type === 'boolean' ? `--[no-]${flag}` : `--${flag} <${choices?.join('|') ?? type.toLowerCase()}>`,
    [field.help, ...(unit ? [`(${unit})`] : []), `[${origins.join(', ')}]`].join(' '),
  ]
}

/** Columns of the flags; longer ones stand on a line of their own. */
const MAX_WIDTH = 36

/** The text of `--help`. */
export function help({ rows, options, program, configEnv }: Definition): string {
  const { positionals, summary, version } = options
  const lines: [left: string, right: string][] = [
    ...rows.map(helpLine),
    ['--config <path>', `JSON file with the keys of this list in camelCase [env ${configEnv}]`],
    ...(version !== undefined ? [['--version', 'print the version'] as [string, string]] : []),
    ['--help', 'print this text'],
  ]
  const width = Math.min(MAX_WIDTH, Math.max(...lines.map(([left]) => left.length)))
  return [
    `Usage: ${program} [flags]${positionals ? ` ${positionals}` : ''}`,
    ...(summary ? ['', summary] : []),
    '',
    'Flags win over environment variables, those over the file, the file over defaults.',
    '',
    ...lines.map(([left, right]) =>
      left.length > width
        ? `  ${left}\n  ${' '.repeat(width)}  ${right}`
        : `  ${left.padEnd(width)}  ${right}`,
    ),
    '',
  ].join('\n')
}

function markdownRow({ key, field, flag, env, secret }: Row): string {
  const { type, choices, unit } = field
  const value = showDefault(field)
  return [
    '',
    `\`${key}\``,
    `\`--${flag}\``,
    `\`${env}\``,
    [choices?.map((choice) => `\`${choice}\``).join(' ') ?? type, ...(unit ? [unit] : [])].join(', '),
    field.default === undefined ? value : `\`${value}\``,
    `${field.help}${secret ? ` Secret: \`${env}_FILE\` may name a file instead.` : ''}`,
    '',
  ]
    .map((cell) => cell.replaceAll('|', '\\|'))
    .join(' | ')
    .trim()
}

/** The table for documentation, in Markdown. */
export const markdown = ({ rows }: Definition): string =>
  [
    '| key | flag | environment | type | default | what it is |',
    '|---|---|---|---|---|---|',
    ...rows.map(markdownRow),
    '',
  ].join('\n')

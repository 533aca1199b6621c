import type { ConfigDefinition, ConfigField, ConfigTable } from '@animechain/observability'
import ts from 'typescript'
import { walk, type Sources } from './program.js'

/** A program or command with its settings. */
export interface Program {
  definition: ConfigDefinition<ConfigTable>
  package: string
  place: string
}

/** Where a table of settings is defined. */
interface Definition {
  variable: string
  package: string
  place: string
}

/** Every `defineConfig` of the sources, by the variable that keeps it. */
export function configDefinitions(sources: Sources): Definition[] {
  const found: Definition[] = []
  for (const file of sources.files)
    walk(file, (node) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return
      if (node.expression.text !== 'defineConfig') return
      const variable = ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : ''
      found.push({ variable, package: sources.packageOf(file), place: sources.placeOf(node) })
    })
  return found.sort((a, b) => (a.place < b.place ? -1 : 1))
}

/** Numbers of these need a unit. */
const MEASURED = /^(time|how long|longest|least time|age)\b|\bbytes\b|\bgas of\b/i
const numeric: ReadonlySet<string> = new Set(['integer', 'number', 'bigint'])

/** What is missing for a reader of the table. */
export function fieldProblems(key: string, field: ConfigField, place: string): string[] {
  const problems: string[] = []
  if (!/^[A-Z0-9].*[.;]$/s.test(field.help))
    problems.push(`${place}: the setting ${key} needs a help text, a sentence that ends with a full stop.`)
  if (numeric.has(field.type) && MEASURED.test(field.help) && field.unit === undefined)
    problems.push(`${place}: the setting ${key} measures something and has no unit.`)
  return problems
}

/** Every program with its settings, as the built packages have them. */
export async function flagReference(
  sources: Sources,
  load: (packageName: string) => Promise<Record<string, unknown>> = (name) =>
    import(name) as Promise<Record<string, unknown>>,
): Promise<{ programs: Program[]; problems: string[] }> {
  const programs: Program[] = []
  const problems: string[] = []
  for (const { variable, package: name, place } of configDefinitions(sources)) {
    const definition = (await load(name))[variable] as ConfigDefinition<ConfigTable> | undefined
    if (definition === undefined) {
      problems.push(
        `${place} defines settings that ${name} does not export as ${variable || 'anything'}: export them, so that the reference has them.`,
      )
      continue
    }
    for (const [key, field] of Object.entries(definition.table))
      problems.push(...fieldProblems(key, field, place))
    programs.push({ definition, package: name, place })
  }
  return { programs, problems }
}

/** Every flag of the programs, without dashes. */
export function allFlags(programs: readonly Program[]): Set<string> {
  const flags = new Set(['help', 'config'])
  for (const { definition } of programs)
    for (const [, flag] of definition.markdown().matchAll(/\| `--([a-z0-9-]+)` \|/g)) flags.add(flag!)
  return flags
}

/** Flags that a text names and no program has. */
export function unknownFlags(text: string, known: ReadonlySet<string>): string[] {
  return [...text.matchAll(/--([a-z][a-z0-9-]+)/g)]
    .map(([, flag]) => flag!)
    .filter((flag) => !known.has(flag) && !(flag.startsWith('no-') && known.has(flag.slice(3))))
}

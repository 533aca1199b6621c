import ts from 'typescript'
import { errorTexts, explainedCodes, objectsNamed, type Explained } from './catalogues.js'
import { propertyName, walk, type Sources } from './program.js'
import { thrownCodes, type Thrown } from './thrown.js'

/** A code with all that is known of it. */
export interface ErrorEntry extends Explained {
  /** packages that throw it */
  thrownBy: readonly string[]
  /** its messages, `<name>` for what is filled in */
  messages: readonly string[]
}

/** A number of JSON-RPC. */
export interface RpcErrorEntry extends Explained {
  number: number
}

export interface ErrorReference {
  errors: readonly ErrorEntry[]
  rpc: readonly RpcErrorEntry[]
}

/** From a capital, a code or a program's own name to a full stop. */
const sentence = /^([A-Z`]|zstd |anvil ).*\.$/s

/** What is wrong with the texts of an entry. */
function badTexts({ code, place, cause, remedy }: Explained): string[] {
  return (['cause', 'remedy'] as const)
    .filter((part) => !sentence.test({ cause, remedy }[part]))
    .map((part) => `${place} needs a ${part} for ${code}, a sentence that ends with a full stop.`)
}

/** Holds the codes that are thrown against those that are explained. */
export function matchCodes(
  thrown: readonly Thrown[],
  explained: readonly Explained[],
  fileOf: (packageName: string) => string,
): { errors: ErrorEntry[]; problems: string[] } {
  const problems: string[] = []
  const byCode = new Map<string, Explained>()
  for (const entry of explained) {
    const before = byCode.get(entry.code)
    if (before) problems.push(`${entry.place} explains ${entry.code}, which ${before.place} does already.`)
    byCode.set(entry.code, entry)
    problems.push(...badTexts(entry))
  }
  const places = new Map<string, Thrown[]>()
  for (const place of thrown) places.set(place.code, [...(places.get(place.code) ?? []), place])
  for (const [code, [first]] of places)
    if (!byCode.has(code))
      problems.push(
        `${first!.place} throws ${code}, which nothing explains: add its cause and remedy to ${fileOf(first!.package)}.`,
      )
  for (const { code, place } of byCode.values())
    if (!places.has(code)) problems.push(`${place} explains ${code}, which is thrown nowhere: remove it.`)
  const errors = [...byCode.values()]
    .filter(({ code }) => places.has(code))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map((entry) => ({
      ...entry,
      thrownBy: [...new Set(places.get(entry.code)!.map((place) => place.package))].sort(),
      messages: [...new Set(places.get(entry.code)!.map(({ message }) => message))].sort(),
    }))
  return { errors, problems }
}

/** The numbers of JSON-RPC with their texts. That each has some, the type of `rpcErrorTexts` demands. */
function rpcErrors(sources: Sources): { rpc: RpcErrorEntry[]; problems: string[] } {
  const texts = objectsNamed(sources, 'rpcErrorTexts').flatMap((object) => errorTexts(sources, object))
  const used = new Set<string>()
  for (const file of sources.files)
    walk(file, (node) => {
      if (
        ts.isPropertyAccessExpression(node) &&
        ts.isIdentifier(node.expression) &&
        node.expression.text === 'rpcErrorCodes'
      )
        used.add(node.name.text)
    })
  const numbers = new Map<string, number>()
  for (const object of objectsNamed(sources, 'rpcErrorCodes'))
    for (const member of object.properties)
      if (ts.isPropertyAssignment(member))
        numbers.set(propertyName(member.name) ?? '', Number(member.initializer.getText()))
  return {
    rpc: texts
      .map((entry) => ({ ...entry, number: numbers.get(entry.code) ?? NaN }))
      .sort((a, b) => a.number - b.number),
    problems: [
      ...texts.flatMap(badTexts),
      ...texts
        .filter(({ code }) => !used.has(code))
        .map(({ code, place }) => `${place} explains ${code}, which JSON-RPC answers nowhere: remove it.`),
    ],
  }
}

/** Everything about errors, and what stands in the way of a reference. */
export function errorReference(
  sources: Sources,
  fileOf: (packageName: string) => string,
): ErrorReference & { problems: string[] } {
  const { thrown, problems } = thrownCodes(sources)
  const matched = matchCodes(thrown, explainedCodes(sources), fileOf)
  const { rpc, problems: rpcProblems } = rpcErrors(sources)
  return { errors: matched.errors, rpc, problems: [...problems, ...matched.problems, ...rpcProblems] }
}

import ts from 'typescript'
import { walk, type Sources } from './program.js'
import { UNKNOWN, valuesOf, type Value } from './values.js'

/** A place that makes an error with a code. */
export interface Thrown {
  code: string
  package: string
  place: string
  /** The message with `<name>` for what is filled in. */
  message: string
}

/** A function that makes an error with this code and message. */
interface Maker {
  code: Value
  message: Value
}

type Call = ts.CallExpression | ts.NewExpression

/** What has been found so far, and the functions whose calls are still to be looked at. */
interface Search {
  sources: Sources
  calls: ReadonlyMap<string, readonly Call[]>
  makers: Map<ts.Node, Maker[]>
  queue: ts.Node[]
  thrown: Map<string, Thrown>
  problems: Set<string>
}

function callsOf({ sources, calls }: Search, owner: ts.Node): Call[] {
  const named = calls.get(calledAs(owner) ?? '') ?? []
  return named.filter((call) => sources.checker.getResolvedSignature(call)?.declaration === owner)
}

function addMaker({ makers, queue }: Search, owner: ts.Node, maker: Maker): void {
  const key = ({ code, message }: Maker) => `${describe(code)} ${describe(message)}`
  const known = makers.get(owner) ?? []
  if (known.some((other) => key(other) === key(maker))) return
  makers.set(owner, [...known, maker])
  queue.push(owner)
}

/** The constructor whose `super(...)` a call is. */
function constructorAround(call: Call): ts.SignatureDeclaration | undefined {
  if (!ts.isCallExpression(call) || call.expression.kind !== ts.SyntaxKind.SuperKeyword) return undefined
  return ts.findAncestor(call, ts.isConstructorDeclaration)
}

/** What a call of a maker makes: an error, or another maker. False: it gives no code. */
function apply(search: Search, call: Call, maker: Maker): boolean {
  const { sources, thrown, problems } = search
  const given = (value: Value): Value[] =>
    value.kind === 'parameter'
      ? valuesOf(sources.checker, call.arguments?.[value.index], value.property)
      : [value]
  const [message = UNKNOWN] = given(maker.message)
  const around = constructorAround(call)
  const codes = given(maker.code)
  for (const code of codes) {
    if (code.kind === 'passedOn') continue
    if (code.kind === 'unknown')
      problems.add(
        `${sources.placeOf(call)} makes an error whose code the compiler cannot tell: write it as a literal.`,
      )
    else if (around !== undefined) addMaker(search, around, { code, message })
    else if (code.kind === 'parameter') addMaker(search, code.owner, { code, message })
    else if (message.kind === 'parameter' && callsOf(search, message.owner).length > 0)
      addMaker(search, message.owner, { code, message })
    else
      thrown.set(`${sources.placeOf(call)} ${code.text}`, {
        code: code.text,
        package: sources.packageOf(call.getSourceFile()),
        place: sources.placeOf(call),
        message: message.kind === 'constant' ? message.text : '<…>',
      })
  }
  return codes.length > 0
}

/**
 * Every code that a class derived from `BaseError` is made with, followed through the functions that pass it on.
 * A place whose code the compiler cannot tell is a problem: nothing could be said about it.
 */
export function thrownCodes(sources: Sources): { thrown: Thrown[]; problems: string[] } {
  const search: Search = {
    sources,
    calls: callsByName(sources),
    makers: new Map(),
    queue: [],
    thrown: new Map(),
    problems: new Set(),
  }
  const { makers, queue, thrown, problems } = search
  for (const base of baseConstructors(sources))
    addMaker(search, base, {
      code: { kind: 'parameter', owner: base, index: 1, property: 'code' },
      message: { kind: 'parameter', owner: base, index: 0 },
    })
  const withCode = new Set<Call>()
  const seen = new Set<Call>()
  while (queue.length > 0) {
    const owner = queue.shift()!
    for (const call of callsOf(search, owner)) {
      seen.add(call)
      for (const maker of makers.get(owner)!) if (apply(search, call, maker)) withCode.add(call)
    }
  }
  for (const call of seen)
    if (!withCode.has(call)) problems.add(`${sources.placeOf(call)} makes an error without a code.`)
  return {
    thrown: [...thrown.values()].sort((a, b) => (a.code + a.place < b.code + b.place ? -1 : 1)),
    problems: [...problems].sort(),
  }
}

/** Calls by the last word of what is called; those of a class also by the classes above it. */
function callsByName({ files }: Sources): Map<string, Call[]> {
  const calls = new Map<string, Call[]>()
  const parents = new Map<string, string>()
  const add = (name: string, call: Call) => calls.set(name, [...(calls.get(name) ?? []), call])
  const made: { name: string; call: Call }[] = []
  const superOf = (node: ts.ClassLikeDeclaration) => {
    const above = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
    return above !== undefined && ts.isIdentifier(above.expression) ? above.expression.text : undefined
  }
  for (const file of files)
    walk(file, (node) => {
      if (ts.isClassLike(node)) {
        const above = superOf(node)
        if (node.name !== undefined && above !== undefined) parents.set(node.name.text, above)
      }
      if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return
      const callee = node.expression
      if (callee.kind === ts.SyntaxKind.SuperKeyword) {
        const around = ts.findAncestor(node, ts.isClassLike)
        const above = around && superOf(around)
        if (above !== undefined) made.push({ name: above, call: node })
      } else if (ts.isIdentifier(callee)) made.push({ name: callee.text, call: node })
      else if (ts.isPropertyAccessExpression(callee)) made.push({ name: callee.name.text, call: node })
    })
  for (const { name, call } of made)
    for (let at: string | undefined = name; at !== undefined; at = parents.get(at)) add(at, call)
  return calls
}

/** The word by which a function is called. */
function calledAs(owner: ts.Node): string | undefined {
  if (ts.isConstructorDeclaration(owner)) return owner.parent.name?.text
  if ((ts.isFunctionDeclaration(owner) || ts.isMethodDeclaration(owner)) && owner.name)
    return ts.isIdentifier(owner.name) ? owner.name.text : undefined
  const { parent } = owner
  if ((ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && ts.isIdentifier(parent.name))
    return parent.name.text
  return undefined
}

const describe = (value: Value) =>
  value.kind === 'constant'
    ? value.text
    : value.kind === 'parameter'
      ? `${value.index}.${value.property ?? ''}`
      : '?'

/** The constructors of `BaseError`, the class that everything is recognised by. */
function baseConstructors({ files }: Sources): ts.ConstructorDeclaration[] {
  const found: ts.ConstructorDeclaration[] = []
  for (const file of files)
    walk(file, (node) => {
      if (ts.isClassDeclaration(node) && node.name?.text === 'BaseError')
        found.push(...node.members.filter(ts.isConstructorDeclaration))
    })
  return found
}

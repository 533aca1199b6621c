import ts from 'typescript'
import { propertyName, walk, type Sources } from './program.js'

/** A place that makes an error with a code. */
export interface Thrown {
  code: string
  package: string
  place: string
  /** The message with `<name>` for what is filled in. */
  message: string
}

/** Where a function's caller gives a value: an argument, or a property of it. */
interface Parameter {
  kind: 'parameter'
  owner: ts.SignatureDeclaration
  index: number
  property?: string
}
interface Constant {
  kind: 'constant'
  text: string
}
interface Unknown {
  kind: 'unknown'
}
/** Of a value that came from elsewhere with its code, as from another thread: it was thrown there. */
interface PassedOn {
  kind: 'passedOn'
}
type Value = Constant | Parameter | Unknown | PassedOn

/** A function that makes an error with this code and message. */
interface Maker {
  code: Value
  message: Value
}

type Call = ts.CallExpression | ts.NewExpression

const UNKNOWN: Unknown = { kind: 'unknown' }
const constant = (text: string): Constant => ({ kind: 'constant', text })

/** What stands for an expression inside of a message. */
function placeholder(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return `<${expression.text}>`
  if (ts.isPropertyAccessExpression(expression)) return `<${expression.name.text}>`
  if (ts.isCallExpression(expression) && expression.arguments.length > 0)
    return placeholder(expression.arguments[0]!)
  if (ts.isNonNullExpression(expression) || ts.isAsExpression(expression))
    return placeholder(expression.expression)
  return '<…>'
}

/**
 * Every code that a class derived from `BaseError` is made with, followed through the functions that pass it on.
 * A place whose code the compiler cannot tell is a problem: nothing could be said about it.
 */
export function thrownCodes(sources: Sources): { thrown: Thrown[]; problems: string[] } {
  const { checker } = sources
  const makers = new Map<ts.Node, Maker[]>()
  const thrown = new Map<string, Thrown>()
  const problems = new Set<string>()

  const declared = (node: ts.Identifier): ts.Declaration | undefined => {
    const parent = node.parent
    const symbol = ts.isShorthandPropertyAssignment(parent)
      ? checker.getShorthandAssignmentValueSymbol(parent)
      : checker.getSymbolAtLocation(node)
    return symbol?.valueDeclaration
  }

  /** The parameter that an identifier names, also where it was taken apart. */
  function parameterOf(node: ts.Identifier, property?: string): Parameter | undefined {
    const declaration = declared(node)
    if (declaration === undefined) return undefined
    if (ts.isParameter(declaration)) {
      const owner = declaration.parent
      return {
        kind: 'parameter',
        owner,
        index: owner.parameters.indexOf(declaration),
        ...(property === undefined ? {} : { property }),
      }
    }
    if (ts.isBindingElement(declaration) && ts.isParameter(declaration.parent.parent)) {
      const parameter = declaration.parent.parent
      const taken = declaration.propertyName ?? declaration.name
      if (!ts.isIdentifier(taken) || property !== undefined) return undefined
      return {
        kind: 'parameter',
        owner: parameter.parent,
        index: parameter.parent.parameters.indexOf(parameter),
        property: taken.text,
      }
    }
    return undefined
  }

  /** Values that an expression, or a property of it, can have. */
  function valuesOf(expression: ts.Expression | undefined, property?: string): Value[] {
    if (expression === undefined) return []
    if (ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression))
      return valuesOf(expression.expression, property)
    if (ts.isConditionalExpression(expression))
      return [...valuesOf(expression.whenTrue, property), ...valuesOf(expression.whenFalse, property)]
    if (ts.isIdentifier(expression)) {
      const parameter = parameterOf(expression, property)
      if (parameter !== undefined) return [parameter]
      const declaration = declared(expression)
      if (declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer)
        return valuesOf(declaration.initializer, property)
    }
    if (property !== undefined)
      return ts.isObjectLiteralExpression(expression)
        ? valuesOfProperty(expression, property)
        : [{ kind: 'passedOn' }]
    if (ts.isStringLiteralLike(expression)) return [constant(expression.text)]
    if (ts.isTemplateExpression(expression))
      return [
        constant(
          expression.head.text +
            expression.templateSpans.map((span) => placeholder(span.expression) + span.literal.text).join(''),
        ),
      ]
    if (ts.isBinaryExpression(expression)) return binaryValues(expression)
    if (ts.isPropertyAccessExpression(expression) && ts.isIdentifier(expression.expression)) {
      const parameter = parameterOf(expression.expression, expression.name.text)
      if (parameter !== undefined) return [parameter]
    }
    const type = checker.getTypeAtLocation(expression)
    const literals = (type.isUnion() ? type.types : [type]).filter((member) => member.isStringLiteral())
    return literals.length > 0 ? literals.map(({ value }) => constant(value)) : [UNKNOWN]
  }

  function binaryValues(expression: ts.BinaryExpression): Value[] {
    if (expression.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
      return [...valuesOf(expression.left), ...valuesOf(expression.right)]
    if (expression.operatorToken.kind !== ts.SyntaxKind.PlusToken) return [UNKNOWN]
    const [left] = valuesOf(expression.left)
    const [right] = valuesOf(expression.right)
    const text = (value: Value | undefined) => (value?.kind === 'constant' ? value.text : '<…>')
    return [constant(text(left) + text(right))]
  }

  function valuesOfProperty(object: ts.ObjectLiteralExpression, property: string): Value[] {
    const found: Value[] = []
    for (const member of object.properties) {
      if (ts.isSpreadAssignment(member)) {
        const type = checker.getTypeAtLocation(member.expression)
        if (checker.getPropertyOfType(checker.getNonNullableType(type), property) !== undefined)
          found.push(...valuesOf(member.expression, property))
      } else if (member.name !== undefined && propertyName(member.name) === property) {
        if (ts.isPropertyAssignment(member)) found.push(...valuesOf(member.initializer))
        else if (ts.isShorthandPropertyAssignment(member)) found.push(...valuesOf(member.name))
      }
    }
    return found
  }

  const given = (call: Call, value: Value): Value[] =>
    value.kind === 'parameter' ? valuesOf(call.arguments?.[value.index], value.property) : [value]

  /** The constructor whose `super(...)` a call is. */
  function constructorAround(call: Call): ts.SignatureDeclaration | undefined {
    if (!ts.isCallExpression(call) || call.expression.kind !== ts.SyntaxKind.SuperKeyword) return undefined
    return ts.findAncestor(call, ts.isConstructorDeclaration)
  }

  function apply(call: Call, maker: Maker): boolean {
    const [message = UNKNOWN] = given(call, maker.message)
    const around = constructorAround(call)
    const codes = given(call, maker.code)
    for (const code of codes) {
      if (code.kind === 'passedOn') continue
      if (code.kind === 'unknown')
        problems.add(
          `${sources.placeOf(call)} makes an error whose code the compiler cannot tell: write it as a literal.`,
        )
      else if (around !== undefined) addMaker(around, { code, message })
      else if (code.kind === 'parameter') addMaker(code.owner, { code, message })
      else if (message.kind === 'parameter' && isCalled(message.owner))
        addMaker(message.owner, { code, message })
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

  const calls = callsByName(sources)
  const named = (owner: ts.Node) => calls.get(calledAs(owner) ?? '') ?? []
  const callsOf = (owner: ts.Node) =>
    named(owner).filter((call) => checker.getResolvedSignature(call)?.declaration === owner)
  const isCalled = (owner: ts.Node) => callsOf(owner).length > 0

  const known = new Set<string>()
  const queue: ts.Node[] = []
  function addMaker(owner: ts.Node, maker: Maker): void {
    const key = `${sources.placeOf(owner)} ${describe(maker.code)} ${describe(maker.message)}`
    if (known.has(key)) return
    known.add(key)
    makers.set(owner, [...(makers.get(owner) ?? []), maker])
    queue.push(owner)
  }
  for (const base of baseConstructors(sources))
    addMaker(base, {
      code: { kind: 'parameter', owner: base, index: 1, property: 'code' },
      message: { kind: 'parameter', owner: base, index: 0 },
    })
  const withCode = new Set<Call>()
  const seen = new Set<Call>()
  while (queue.length > 0) {
    const owner = queue.shift()!
    for (const call of callsOf(owner)) {
      seen.add(call)
      for (const maker of makers.get(owner)!) if (apply(call, maker)) withCode.add(call)
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

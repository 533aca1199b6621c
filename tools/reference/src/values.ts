import ts from 'typescript'
import { propertyName } from './program.js'

// What an expression can be, as far as the compiler can tell: texts, or what a function's caller gives.

/** Where a function's caller gives a value: an argument, or a property of it. */
export interface Parameter {
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
export type Value = Constant | Parameter | Unknown | PassedOn

export const UNKNOWN: Unknown = { kind: 'unknown' }
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

function declared(checker: ts.TypeChecker, node: ts.Identifier): ts.Declaration | undefined {
  const parent = node.parent
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(node)
  return symbol?.valueDeclaration
}

/** The parameter that an identifier names, also where it was taken apart. */
function parameterOf(checker: ts.TypeChecker, node: ts.Identifier, property?: string): Parameter | undefined {
  const declaration = declared(checker, node)
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
export function valuesOf(
  checker: ts.TypeChecker,
  expression: ts.Expression | undefined,
  property?: string,
): Value[] {
  if (expression === undefined) return []
  if (ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression))
    return valuesOf(checker, expression.expression, property)
  if (ts.isConditionalExpression(expression))
    return [
      ...valuesOf(checker, expression.whenTrue, property),
      ...valuesOf(checker, expression.whenFalse, property),
    ]
  if (ts.isIdentifier(expression)) {
    const parameter = parameterOf(checker, expression, property)
    if (parameter !== undefined) return [parameter]
    const declaration = declared(checker, expression)
    if (declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.initializer)
      return valuesOf(checker, declaration.initializer, property)
  }
  if (property !== undefined)
    return ts.isObjectLiteralExpression(expression)
      ? valuesOfProperty(checker, expression, property)
      : [{ kind: 'passedOn' }]
  if (ts.isStringLiteralLike(expression)) return [constant(expression.text)]
  if (ts.isTemplateExpression(expression))
    return [
      constant(
        expression.head.text +
          expression.templateSpans.map((span) => placeholder(span.expression) + span.literal.text).join(''),
      ),
    ]
  if (ts.isBinaryExpression(expression)) return binaryValues(checker, expression)
  if (ts.isPropertyAccessExpression(expression) && ts.isIdentifier(expression.expression)) {
    const parameter = parameterOf(checker, expression.expression, expression.name.text)
    if (parameter !== undefined) return [parameter]
  }
  const type = checker.getTypeAtLocation(expression)
  const literals = (type.isUnion() ? type.types : [type]).filter((member) => member.isStringLiteral())
  return literals.length > 0 ? literals.map(({ value }) => constant(value)) : [UNKNOWN]
}

function binaryValues(checker: ts.TypeChecker, expression: ts.BinaryExpression): Value[] {
  if (expression.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...valuesOf(checker, expression.left), ...valuesOf(checker, expression.right)]
  if (expression.operatorToken.kind !== ts.SyntaxKind.PlusToken) return [UNKNOWN]
  const [left] = valuesOf(checker, expression.left)
  const [right] = valuesOf(checker, expression.right)
  const text = (value: Value | undefined) => (value?.kind === 'constant' ? value.text : '<…>')
  return [constant(text(left) + text(right))]
}

function valuesOfProperty(
  checker: ts.TypeChecker,
  object: ts.ObjectLiteralExpression,
  property: string,
): Value[] {
  const found: Value[] = []
  for (const member of object.properties) {
    if (ts.isSpreadAssignment(member)) {
      const type = checker.getTypeAtLocation(member.expression)
      if (checker.getPropertyOfType(checker.getNonNullableType(type), property) !== undefined)
        found.push(...valuesOf(checker, member.expression, property))
    } else if (member.name !== undefined && propertyName(member.name) === property) {
      if (ts.isPropertyAssignment(member)) found.push(...valuesOf(checker, member.initializer))
      else if (ts.isShorthandPropertyAssignment(member)) found.push(...valuesOf(checker, member.name))
    }
  }
  return found
}

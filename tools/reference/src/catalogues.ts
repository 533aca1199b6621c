import type { ErrorText } from '@animechain/core'
import ts from 'typescript'
import { propertyName, walk, type Sources } from './program.js'

/** An entry of a catalogue: what a code means. */
export interface Explained extends ErrorText {
  code: string
  package: string
  place: string
}

/** A text of the source: a literal, or several joined with `+`. */
export function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression)
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined
  const [left, right] = [textOf(node.left), textOf(node.right)]
  return left === undefined || right === undefined ? undefined : left + right
}

function withoutTypes(node: ts.Expression): ts.Expression {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? withoutTypes(node.expression) : node
}

/** The object that a variable of this name is made of, in any of the files. */
export function objectsNamed({ files }: Sources, name: string): ts.ObjectLiteralExpression[] {
  const found: ts.ObjectLiteralExpression[] = []
  for (const file of files)
    walk(file, (node) => {
      if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name) || node.name.text !== name) return
      const value = node.initializer && withoutTypes(node.initializer)
      if (value !== undefined && ts.isObjectLiteralExpression(value)) found.push(value)
    })
  return found
}

/** `{ code: { cause, remedy } }` of a source, with what it takes over from other objects. */
export function errorTexts(sources: Sources, object: ts.ObjectLiteralExpression): Explained[] {
  return object.properties.flatMap((member): Explained[] => {
    if (ts.isSpreadAssignment(member) && ts.isIdentifier(member.expression))
      return objectsNamed(sources, member.expression.text).flatMap((other) => errorTexts(sources, other))
    if (!ts.isPropertyAssignment(member) || !ts.isObjectLiteralExpression(member.initializer)) return []
    const texts = new Map<string, string>()
    for (const part of member.initializer.properties)
      if (ts.isPropertyAssignment(part))
        texts.set(propertyName(part.name) ?? '', textOf(part.initializer) ?? '')
    return [
      {
        code: propertyName(member.name) ?? '',
        package: sources.packageOf(object.getSourceFile()),
        place: sources.placeOf(member),
        cause: texts.get('cause') ?? '',
        remedy: texts.get('remedy') ?? '',
      },
    ]
  })
}

/** The catalogues of all packages. */
export const explainedCodes = (sources: Sources): Explained[] =>
  objectsNamed(sources, 'errorCatalogue').flatMap((object) => errorTexts(sources, object))

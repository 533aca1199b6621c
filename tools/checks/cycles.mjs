// No file may import itself by way of others, be it for types: within a package every import of a file is followed. Between packages the rule is
// eslint's (docs/architecture.md, "Dependency rule").
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { root } from '../dev/setup.mjs'

const tracked = execFileSync('git', ['ls-files', '-z', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
}).split('\0')
const files = tracked.filter((path) => /^(libs|apps|tools|examples)\//.test(path) && !path.endsWith('.d.ts'))

/** The file that a relative import names. */
function target(from, specifier) {
  const path = join(root, dirname(from), specifier)
  const candidates = [path, path.replace(/\.js$/, '.ts'), `${path}.ts`, join(path, 'index.ts')]
  const found = candidates.find((candidate) => /\.(ts|mjs)$/.test(candidate) && existsSync(candidate))
  return found && relative(root, found)
}

/** Files that one imports. */
function imports(path) {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest)
  return source.statements.flatMap((statement) => {
    const declares = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)
    if (!declares || statement.moduleSpecifier === undefined) return []
    const { text } = statement.moduleSpecifier
    const found = text.startsWith('.') ? target(path, text) : undefined
    return found ? [found] : []
  })
}

/** Sets of files that reach one another (Tarjan's strongly connected components), of two files or more. */
function circles(graph) {
  const [index, low, stack, found] = [new Map(), new Map(), [], []]
  const visit = (node) => {
    index.set(node, index.size)
    low.set(node, index.get(node))
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)))
    }
    if (low.get(node) !== index.get(node)) return
    const members = stack.splice(stack.indexOf(node))
    if (members.length > 1) found.push(members.sort())
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}

const found = circles(new Map(files.map((path) => [path, imports(path)])))
for (const members of found) console.error(`These import one another: ${members.join(', ')}`)
console.log(`imports: ${files.length} files, ${found.length} circles`)
process.exit(found.length === 0 ? 0 : 1)

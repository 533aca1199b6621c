// Writes the public surface of every package, as its users' compiler sees it, into its api.txt: each name that it exports, with its declaration,
// and what those show without exporting it. `--check` writes nothing and fails when a file is not what the built types say.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join, relative, sep } from 'node:path'
import ts from 'typescript'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

/** Longer declarations of generated files, ABIs, are pinned by their hash: libs/contracts/snapshots/abi.txt says what they are. Characters. */
const LONGEST_GENERATED = 300

const check = process.argv.includes('--check')
const printer = ts.createPrinter({ removeComments: true })

/** Every entry with types: its path and its declaration file; a pattern once, by what it stands for. */
function typedEntries({ path, manifest }) {
  return Object.entries(manifest.exports).flatMap(([entry, targets]) =>
    targets?.types
      ? [{ entry, pattern: entry.includes('*') && targets.types, file: join(path, targets.types) }]
      : [],
  )
}

/** Without `export declare`, on as few lines as the printer gives, with the type written out. */
function text(node, file) {
  const printed = printer.printNode(ts.EmitHint.Unspecified, node, file)
  const plain = printed.replace(/^(export )?(default )?(declare )?/, '')
  if (plain.length <= LONGEST_GENERATED || !file.fileName.includes('/generated/')) return plain
  return `${plain.slice(0, plain.indexOf(':'))}: ${plain.length} characters, sha256 ${createHash('sha256').update(plain).digest('hex')}`
}

/** A variable is declared in a list that may hold others. */
const statement = (declaration) =>
  ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration

/** Reads the declarations of one package. `shown` collects what they name of the package's own that is not exported. */
function surface(checker, folder) {
  const own = (declaration) => declaration.getSourceFile().fileName.startsWith(`${folder}/`)
  const target = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)

  function namedBy(node, add) {
    const visit = (child) => {
      const at = ts.isIdentifier(child) ? checker.getSymbolAtLocation(child) : undefined
      if (at) add(target(at))
      ts.forEachChild(child, visit)
    }
    visit(node)
  }

  function describe(symbol, name) {
    const declarations = (target(symbol).declarations ?? []).map(statement)
    const foreign = declarations.find((declaration) => !own(declaration))
    if (foreign) {
      const file = foreign.getSourceFile().fileName
      return [
        `${name}: of ${/(?:libs\/[^:]*?|node_modules\/(?:@[^/]+\/)?[^/]+)(?=\/dist|\/_types|\/)/.exec(file)?.[0] ?? 'TypeScript'}`,
      ]
    }
    return [...new Set(declarations)].map((declaration) => text(declaration, declaration.getSourceFile()))
  }

  return function lines(file) {
    const module = checker.getSymbolAtLocation(file)
    const exported = module ? checker.getExportsOfModule(module) : []
    const known = new Set(exported.map(target))
    const hidden = new Map()
    const look = (symbol) => {
      for (const declaration of (target(symbol).declarations ?? []).map(statement).filter(own))
        namedBy(declaration, (named) => {
          const top = named.declarations?.some(
            (one) => own(one) && statement(one).parent && ts.isSourceFile(statement(one).parent),
          )
          if (!top || known.has(named)) return
          known.add(named)
          hidden.set(named.name, named)
          look(named)
        })
    }
    exported.forEach(look)
    const part = (symbols) =>
      symbols
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((symbol) => describe(symbol, symbol.name))
        .join('\n')
    const shown = part([...hidden.values()])
    return part(exported) + (shown ? `\n\n# shown, not exported\n\n${shown}` : '')
  }
}

/** The text of a package's api.txt. */
function apiOf(entry, program, checker) {
  const folder = join(entry.path, 'dist', 'types')
  const lines = surface(checker, folder)
  const parts = typedEntries(entry).map(({ entry: path, pattern, file }) => {
    if (pattern) return `## ${path}\n\neach file of ${pattern}`
    const source = program.getSourceFile(file)
    if (!source) throw new Error(`${file} is missing: npm run build`)
    return `## ${path}\n\n${lines(source)}`
  })
  return `# ${entry.manifest.name}\n\nWritten by \`npm run api\` from the built types.\n\n${parts.join('\n\n')}\n`
}

/** The lines that are in one of two texts only. */
function difference(before, after) {
  const [old, now] = [before, after].map((all) => all.split('\n'))
  const [had, has] = [new Set(old), new Set(now)]
  return [
    ...old.filter((line) => !has.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !had.has(line)).map((line) => `+ ${line}`),
  ]
}

const packages = workspacePackages().filter(({ manifest }) => !manifest.private && manifest.exports['.'])
const files = packages.flatMap((entry) =>
  typedEntries(entry)
    .filter(({ pattern }) => !pattern)
    .map(({ file }) => file),
)
const program = ts.createProgram(files, {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
})
const checker = program.getTypeChecker()
let stale = 0
for (const entry of packages) {
  const file = join(entry.path, 'api.txt')
  const now = apiOf(entry, program, checker)
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (now === before) continue
  stale++
  if (!check) writeFileSync(file, now)
  else {
    console.error(`${relative(root, file).split(sep).join('/')} is not what the types say:`)
    console.error(difference(before, now).slice(0, 60).join('\n'))
  }
}
console.log(`public surface: ${packages.length} packages, ${stale} ${check ? 'stale' : 'written'}`)
if (check && stale > 0) {
  console.error('Run `npm run api` after a build and commit what it writes, if the change is meant.')
  process.exit(1)
}

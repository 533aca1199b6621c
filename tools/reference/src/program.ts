import { readdirSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The repository: both `src/` and `dist/` of this package are two folders below `tools/`. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

/** A workspace package whose sources are read. */
export interface SourcePackage {
  name: string
  /** relative to the repository, with slashes */
  folder: string
}

/** The packages of `libs/` and `apps/`: what is published. */
export function sourcePackages(): SourcePackage[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    workspaces: string[]
  }
  return workspaces
    .filter((pattern) => /^(libs|apps)\//.test(pattern))
    .flatMap((pattern) => {
      const folder = pattern.replace(/\/\*$/, '')
      return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
    })
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const { name } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
        name: string
      }
      return { name, folder }
    })
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** Sources with their types, as the compiler sees them. */
export interface Sources {
  checker: ts.TypeChecker
  files: readonly ts.SourceFile[]
  /** The package that a file belongs to. */
  packageOf(file: ts.SourceFile): string
  /** `libs/l1/src/sender.ts:165` */
  placeOf(node: ts.Node): string
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/](node_modules|dist|generated)[\\/]/.test(path))
}

/** Reads the sources of all published packages, without their tests. */
export function readSources(packages: readonly SourcePackage[]): Sources {
  const paths = packages
    .map(({ folder }) => join(root, folder, 'src'))
    .filter(existsSync)
    .flatMap(typescriptFiles)
  return analyse(paths, packages, root)
}

/** The same for any files below `base`, compiled as this repository is but for `changed`. */
export function analyse(
  paths: readonly string[],
  packages: readonly SourcePackage[],
  base: string,
  changed: ts.CompilerOptions = {},
): Sources {
  const config = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const program = ts.createProgram({
    rootNames: [...paths],
    options: { ...options, ...changed, noEmit: true },
  })
  const files = paths.map((path) => program.getSourceFile(path)).filter((file) => file !== undefined)
  const within = (file: ts.SourceFile) => relative(base, file.fileName).split(sep).join('/')
  return {
    checker: program.getTypeChecker(),
    files,
    packageOf(file) {
      const path = within(file)
      return packages.find(({ folder }) => path.startsWith(`${folder}/`))?.name ?? path
    },
    placeOf(node) {
      const file = node.getSourceFile()
      return `${within(file)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
    },
  }
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** The name that a property is read or written by, or undefined when it is computed. */
export function propertyName(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined
}

// Types of every package into its dist/types, from one program: it checks everything, tests too, in the time that one package after the other would
// take to read their dependencies again. `nx run <package>:types` does one package alone, as before it is packed.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { workspacePackages } from '../checks/workspaces.mjs'
import { root } from './setup.mjs'

const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
}

/** Prints what is wrong, and ends the program if anything is. */
function hold(diagnostics) {
  if (diagnostics.length === 0) return
  console.error(ts.formatDiagnostics(diagnostics, host))
  console.error(`${diagnostics.length} problems of types`)
  process.exit(1)
}

const options = {
  noEmit: false,
  incremental: false,
  tsBuildInfoFile: undefined,
  declaration: true,
  emitDeclarationOnly: true,
}
const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), options, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => hold([diagnostic]),
})
hold(config.errors)
const packages = workspacePackages()
  .map(({ path }) => path)
  .filter((path) => existsSync(join(path, 'tsconfig.build.json')))
  .sort()
const isPublished = (name) => packages.some((path) => name.startsWith(`${path}/src/`))
const rootNames = [
  ...config.fileNames.filter(isPublished),
  ...config.fileNames.filter((name) => !isPublished(name)),
]
const program = ts.createProgram({ rootNames, options: config.options })
hold([
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program.getSyntacticDiagnostics(),
])

// First the declarations: the compiler writes unions in the order in which it met their members, which no test should change.
let written = 0
for (const path of packages) {
  const [source, target] = [join(path, 'src'), join(path, 'dist', 'types')]
  rmSync(target, { recursive: true, force: true })
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || !file.fileName.startsWith(`${source}/`)) continue
    const { diagnostics } = program.emit(
      file,
      (name, text) => {
        const to = join(target, relative(source, name))
        mkdirSync(dirname(to), { recursive: true })
        writeFileSync(to, text)
        written++
      },
      undefined,
      true,
    )
    hold([...diagnostics])
  }
}
hold([...program.getSemanticDiagnostics()])
console.log(`types: ${written} files of ${packages.length} packages`)

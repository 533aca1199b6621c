// What solhint's `use-natspec` leaves out: errors, structs and enums, and returned values without a name. See `natspec`.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import solc from 'solc'

/** The descriptions of a documentation, by tag. A name is the first word of a `@param`. */
function tagsOf(text) {
  const tags = { notice: [], param: [], return: [], inheritdoc: [] }
  for (const [, tag, description] of text.matchAll(/@([a-z]+)[ \t]+((?:(?!\s@[a-z]).)*)/gs))
    tags[tag]?.push(description.trim())
  return tags
}

/** What a declaration lacks, in words. */
function lacks(node) {
  const tags = tagsOf(node.documentation?.text ?? '')
  if (tags.inheritdoc.length > 0) return []
  const names = (node.members ?? node.parameters?.parameters ?? []).map(({ name }) => name).filter(Boolean)
  const described = tags.param.filter((text) => /^\S+\s+\S/.test(text)).map((text) => text.split(/\s+/)[0])
  const missing = []
  if (tags.notice.length === 0) missing.push('@notice')
  if (node.nodeType !== 'EnumDefinition') {
    for (const name of names) if (!described.includes(name)) missing.push(`@param ${name}`)
    for (const name of described)
      if (!names.includes(name)) missing.push(`no @param ${name}, which it has not`)
  }
  const returned = node.returnParameters?.parameters.length ?? 0
  if (tags.return.length !== returned) missing.push(`${returned} @return, has ${tags.return.length}`)
  return missing
}

const kinds = ['ErrorDefinition', 'EventDefinition', 'StructDefinition', 'EnumDefinition']
const mustSay = (node) =>
  kinds.includes(node.nodeType) ||
  (node.nodeType === 'FunctionDefinition' &&
    node.kind !== 'constructor' &&
    ['external', 'public'].includes(node.visibility))

/** What the sources lack, a line each. */
function* findings(folder, sources, output) {
  for (const [path, { ast }] of Object.entries(output.sources)) {
    const content = Buffer.from(sources[path].content)
    for (const node of [...ast.nodes, ...ast.nodes.flatMap((unit) => unit.nodes ?? [])]) {
      if (!mustSay(node)) continue
      const missing = lacks(node)
      if (missing.length === 0) continue
      const line = content
        .subarray(0, Number(node.src.split(':')[0]))
        .toString()
        .split('\n').length
      const name = node.name || node.kind
      yield `${relative(process.cwd(), join(folder, path))}:${line} ${name} needs ${missing.join(', ')}`
    }
  }
}

/** Reads the sources of a folder and answers 1 when one of these, or a parameter or a value, has no description; what is missing goes to stderr. */
export function natspec(folder) {
  const sources = Object.fromEntries(
    readdirSync(folder, { recursive: true })
      .filter((path) => path.endsWith('.sol'))
      .sort()
      .map((path) => [path, { content: readFileSync(join(folder, path), 'utf8') }]),
  )
  const settings = { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } }
  const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })))
  const failures = (output.errors ?? []).filter((error) => error.severity === 'error')
  for (const failure of failures) process.stderr.write(failure.formattedMessage + '\n')
  if (failures.length > 0) return 1
  const missing = [...findings(folder, sources, output)]
  for (const line of missing) process.stderr.write(`${line}\n`)
  if (missing.length > 0)
    process.stderr.write(`${missing.length} declarations lack documentation (NatSpec)\n`)
  return missing.length > 0 ? 1 : 0
}

// Checks what the documentation names: links and their anchors, files, symbols, npm scripts, flags, error codes, metrics, and quoted messages. A page that
// names what is gone is worse than none. Programs are asked for their flags, so the packages have to be bundled.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

/** Flags of other programs, as the documentation uses them: node, npm, npx, jest, forge, cast, curl, git. */
const FLAGS_OF_OTHERS = new Set(
  '--experimental-vm-modules --inspect --inspect-brk --expose-gc --pack-destination --selectProjects --testNamePattern --watchAll --match-contract --rpc-url --verbose'.split(
    ' ',
  ),
)
const PROGRAMS = [
  ['apps/sequencer/dist/cli.js'],
  ['apps/verifier/dist/cli.js'],
  ['apps/bridge/dist/cli.js'],
  ['apps/bridge/dist/cli.js', 'serve'],
  ['apps/devnet/dist/cli.js'],
  ['apps/vault/dist/cli.js'],
]
const SOURCE = /\.(ts|mjs|cjs|js|sol|json|sh|toml)$|^\.ci\/run$/
/** The documentation tells what was: figures with the commands of their day. */
const HISTORY = new Set(['docs/measurements.md'])
/** Made from the sources by `npm run reference`, which has checks of its own. */
const GENERATED = /^docs\/reference\//

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))
const pages = tracked.filter(
  (path) => path.endsWith('.md') && !/^libs\/(animechain\/)?contracts\/lib\//.test(path),
)
const sources = tracked
  .filter(
    (path) => SOURCE.test(path) && !/package-lock|\/generated\/|\/fixtures\/|tools\/checks\/docs/.test(path),
  )
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n')
const words = new Set(sources.match(/[A-Za-z_$][\w$]*/g))
const packages = new Map(workspacePackages().map(({ path, manifest }) => [relative(root, path), manifest]))
const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const flags = new Set([...FLAGS_OF_OTHERS, ...(sources.match(/--[a-z][a-z0-9]*(?:-[a-z0-9]+)*/g) ?? [])])
for (const [path, ...args] of PROGRAMS) {
  if (!existsSync(join(root, path))) {
    console.error(`There is no ${path}. Run npm run bundle first.`)
    process.exit(2)
  }
  const help = execFileSync(process.execPath, ['--no-warnings', path, ...args, '--help'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const [, no, name] of help.matchAll(/--(\[no-\])?([a-z][a-z0-9-]*)/g)) {
    flags.add(`--${name}`)
    if (no) flags.add(`--no-${name}`)
  }
}

/** Programs that have commands show the flags of each in that command's help alone: the tables of settings have them all. */
for (const path of tracked.filter((file) => /^apps\/[^/]+\/src\/[^/]*(config|settings)[^/]*\.ts$/.test(file)))
  for (const [, key] of readFileSync(join(root, path), 'utf8').matchAll(/^ +([a-z]\w*): /gm))
    flags.add(`--${key.replace(/[A-Z]/g, (part) => `-${part.toLowerCase()}`)}`)

const problems = []
const contents = new Map()
const read = (path) => {
  if (!contents.has(path)) contents.set(path, readFileSync(join(root, path), 'utf8'))
  return contents.get(path)
}

/** A heading's anchor as GitHub makes it. */
const slug = (heading) =>
  heading
    .replace(/<[^>]*>|\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
const withoutFences = (text) => text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '))
const anchors = (path) => {
  const text = withoutFences(read(path))
  const ids = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)
  const seen = new Map()
  for (const [, heading] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const id = slug(heading)
    const count = seen.get(id) ?? 0
    seen.set(id, count + 1)
    ids.push(count === 0 ? id : `${id}-${count}`)
  }
  return new Set(ids)
}

/** Braces and stars of a path, as a shell has them. */
function paths(pattern) {
  const braces = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern)
  if (braces) return braces[2].split(',').flatMap((part) => paths(`${braces[1]}${part.trim()}${braces[3]}`))
  if (!pattern.includes('*')) return [existsSync(join(root, pattern))]
  const expression = new RegExp(`^${pattern.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*')}(/|$)`)
  return [tracked.some((path) => expression.test(path))]
}

function checkLinks(page, text, tell) {
  for (const { 0: whole, 1: shown, 2: target, index } of text.matchAll(/\[([^\]]*)\]\(([^()\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [file, anchor] = target.split('#')
    const path = file === '' ? page : relative(root, resolve(root, dirname(page), file))
    if (path.startsWith('..') || !existsSync(join(root, path))) {
      tell(index, `${whole}: there is no ${path}`)
      continue
    }
    if (anchor && path.endsWith('.md') && !anchors(path).has(anchor))
      tell(index, `${whole}: ${path} has no #${anchor}`)
    const symbol = /^`([A-Za-z_$][\w$]*)`$/.exec(shown)?.[1]
    if (!symbol || path.endsWith('.md') || !statSync(join(root, path)).isFile()) continue
    if (!new RegExp(`(?<![\\w$])${symbol.replace(/\$/g, '\\$')}(?![\\w$])`).test(read(path)))
      tell(index, `${whole}: ${path} has no ${symbol}`)
  }
}

function checkSpans(page, text, tell) {
  for (const { 1: span, index } of text.matchAll(/`([^`\n]+)`/g)) {
    if (
      /^(libs|apps|tools|docs|examples|template|\.ci)\/[\w./*{}, -]+$/.test(span) &&
      !/(^|\/)(dist|\.cache|out)(\/|$)|^docs\/api$|NNNN| [a-z]+ /.test(span) &&
      paths(span.replace(/\/$/, '')).includes(false)
    )
      tell(index, `\`${span}\`: there is no such file`)
    if (/^[A-Z][A-Z0-9]+(_[A-Z0-9]+)+$/.test(span) && !words.has(span))
      tell(index, `\`${span}\`: no source has this name`)
    const metric = /^(?:animechain_)?((?:rollup|rpc|bridge|shadow|verifier|execution)_[a-z0-9_]+)$/.exec(
      span,
    )?.[1]
    if (metric && !words.has(metric)) tell(index, `\`${span}\`: no source has this metric`)
    // In guides, a span with an ellipsis, or of three words and more, quotes a message: what stands between must be in a source.
    const isQuote =
      span.includes('…') ||
      (/^[A-Za-z]\S*( \S+){2,}$/.test(span) && !/[<={]|--|\b(npm|npx|node|cd|git|bash|cast)\b/.test(span))
    if (page.startsWith('docs/guides/') && isQuote)
      for (const piece of span.split('…').map((part) => part.replace(/^\S{0,2} | \S{0,2}$/g, '').trim()))
        if (piece.length > 7 && !sources.includes(piece))
          tell(index, `\`${span}\`: no source says "${piece}"`)
  }
}

function checkCommands(page, text, tell) {
  const nearest = () => {
    for (let folder = dirname(page); folder !== '.'; folder = dirname(folder))
      if (packages.has(folder)) return packages.get(folder)
    return undefined
  }
  const shell = [...text.matchAll(/```(?:sh|bash)\n([\s\S]*?)```|`([^`\n]+)`/g)]
  for (const { 1: fence, 2: span, index } of shell) {
    let folder
    for (const line of (fence ?? span).split('\n')) {
      folder = /(?:^|&& )cd (\S+)/.exec(line)?.[1] ?? folder
      const command = line.replace(/(^|\s)#.*$/, '')
      for (const [, , run, short] of command.matchAll(
        /\bnpm( --silent)? (?:run ([\w:-]+)|(start|test)\b)/g,
      )) {
        const script = run ?? short
        const workspace = /(?:-w|--workspace) (\S+)/.exec(command)?.[1]
        const manifests = workspace
          ? [packages.get(workspace) ?? [...packages.values()].find(({ name }) => name === workspace)]
          : [rootManifest, nearest(), packages.get(folder)]
        if (workspace?.includes('<')) continue
        if (!manifests.some((manifest) => manifest?.scripts?.[script]))
          tell(index, `npm ${script}${workspace ? ` -w ${workspace}` : ''}: there is no such script`)
      }
      // Of a span only what is a command or a flag; code may have a double minus.
      if (fence === undefined && !/^(--|npm |npx |node |bash |animechain-|apps\/|tools\/)/.test(span))
        continue
      for (const [flag] of command.matchAll(/(?<=^|[\s[(])--[a-z][A-Za-z0-9-]*/g))
        if (!flags.has(flag) && !flags.has(`${flag}s`) && !/-$/.test(flag))
          tell(index, `${flag}: no program of ours has this flag`)
    }
  }
}

for (const page of pages) {
  const text = read(page)
  const tell = (index, what) => problems.push(`${page}:${text.slice(0, index).split('\n').length}: ${what}`)
  const prose = withoutFences(text)
  checkLinks(page, prose, tell)
  if (HISTORY.has(page) || GENERATED.test(page)) continue
  checkSpans(page, prose, tell)
  checkCommands(page, text, tell)
}
/** Every metric leads somewhere: alerts link to the runbook by a metric's name. */
const RUNBOOK = 'docs/guides/operations.md'
for (const path of tracked.filter((file) => /^(libs|apps)\/.*\/src\/.*(?<!\.test)\.ts$/.test(file)))
  for (const [, name] of readFileSync(join(root, path), 'utf8').matchAll(
    /name: '([a-z0-9]+(?:_[a-z0-9]+)+)',\s+help:/g,
  ))
    if (!anchors(RUNBOOK).has(name))
      problems.push(`${RUNBOOK}: expected <a id="${name}">, the metric of ${path}`)

for (const problem of problems) console.error(problem)
console.log(`documentation: ${pages.length} pages, ${problems.length} names that lead nowhere`)
process.exit(problems.length === 0 ? 0 : 1)

import type { AlarmNews, BlockVerdict, OutputVerdict, Report, Start } from './messages.js'

/** Rows that the table keeps; blocks that differ stay for ever. */
const ROWS = 40
/** Problems that are shown; the rest is counted. */
const PROBLEMS = 50
/** Alarms that are shown; the rest is counted. */
const ALARMS = 50
/** milliseconds between measurements of memory: each waits for a garbage collection */
const MEMORY_MS = 5_000

const element = (id: string): HTMLElement => document.getElementById(id)!
const show = (id: string, text: string | number) => (element(id).textContent = `${text}`)
const short = (hash: string) => (hash.length > 24 ? `${hash.slice(0, 12)}…${hash.slice(-6)}` : hash)

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`

let agree = 0
let outputsAgree = 0
let genesisAgrees: boolean | undefined
const differ = new Set<number>()
const wrongOutputs = new Set<string>()
let problems = 0
let alarms = 0
let safe = 0

function problem(text: string): void {
  problems++
  if (problems > PROBLEMS) return
  const item = document.createElement('li')
  item.textContent = text
  element('problems').append(item)
}

function showVerdict(): void {
  const bad = genesisAgrees === false || differ.size > 0 || wrongOutputs.size > 0
  const good = genesisAgrees === true && agree > 0
  element('verdict').dataset.verdict = bad ? 'bad' : good ? 'good' : 'waiting'
  show(
    'verdict',
    bad
      ? 'What was claimed is not what L1 says. See below.'
      : good
        ? 'Every block that this tab derived from L1 is the one that the node has.'
        : 'reading batches from L1',
  )
  show('agree', agree)
  show('differ', differ.size)
  show('outputs', outputsAgree)
}

function showBlock({ number, hash, transactions, gasUsed, differences }: BlockVerdict): void {
  const bad = differences.length > 0
  if (bad) differ.add(number)
  else agree++
  const row = document.createElement('tr')
  row.dataset.block = `${number}`
  row.dataset.verdict = bad ? 'bad' : 'good'
  const says = bad ? `another ${differences.map(({ field }) => field).join(', ')}` : 'the same'
  for (const text of [number, short(hash), transactions, gasUsed.toLocaleString('en'), says])
    row.insertCell().textContent = `${text}`
  const body = element('blocks')
  body.prepend(row)
  const old = body.querySelectorAll('tr[data-verdict="good"]')
  if (old.length > ROWS) old[old.length - 1]!.remove()
  for (const { field, derived, claimed } of differences)
    problem(`block ${number}: ${field} is ${short(derived)}, the node says ${short(claimed)}`)
}

function showOutput({ source, batch, block, derived, claimed }: OutputVerdict): void {
  if (derived === claimed) {
    outputsAgree++
    return
  }
  wrongOutputs.add(`${source} ${batch}`)
  const who = source === 'assertion' ? 'an assertion on L1' : 'the node'
  problem(
    `batch ${batch}, block ${block}: the output root is ${short(derived)}, ${who} says ${short(claimed)}`,
  )
}

/** One item for each alarm, with one for each node under it. */
function showAlarm({ game, batch, block, claimed, derived, by, answer }: AlarmNews): void {
  const list = element('alarms')
  let item = list.querySelector<HTMLElement>(`li[data-game="${game}"]`)
  if (!item) {
    alarms++
    show('alarmCount', alarms)
    if (alarms > ALARMS) return
    item = document.createElement('li')
    item.dataset.game = game
    item.textContent = `${short(game)} claims ${short(claimed)} for batch ${batch}, block ${block}; this tab derived ${short(derived)}. Signed by ${by}.`
    item.append(document.createElement('ul'))
    list.append(item)
  }
  if (!answer) return
  const answers = item.querySelector('ul')!
  const { url, outcome, said, last } = answer
  let line = [...answers.children].find((each) => (each as HTMLElement).dataset.url === url) as
    HTMLElement | undefined
  if (!line) {
    line = document.createElement('li')
    line.dataset.url = url
    answers.append(line)
  }
  line.dataset.outcome = outcome
  const what = {
    taken: 'checked it, and agrees',
    later: last ? 'gave no judgement' : 'is asked again',
    refused: 'refused',
  }
  line.textContent = `${url} ${what[outcome]}: ${said}`
}

function receive(report: Report): void {
  switch (report.kind) {
    case 'genesis':
      genesisAgrees = report.hash === report.expected
      // Before this the worker has next to nothing.
      void watchMemory()
      if (!genesisAgrees)
        problem(
          `genesis: the hash is ${short(report.hash)}, the deployment file says ${short(report.expected)}`,
        )
      break
    case 'blocks':
      for (const verdict of report.verdicts) showBlock(verdict)
      break
    case 'output':
      showOutput(report.verdict)
      break
    case 'alarm':
      showAlarm(report.news)
      break
    case 'reorg':
      for (const row of document.querySelectorAll<HTMLElement>('tr[data-block]'))
        if (Number(row.dataset.block) > report.safe) {
          if (row.dataset.verdict === 'good') agree--
          else differ.delete(Number(row.dataset.block))
          row.remove()
        }
      break
    case 'error':
      show('trouble', `${report.where}: ${report.message}`)
      return
    case 'progress': {
      const { work } = report
      // What was in the way is over once there are new blocks.
      if (report.safe !== safe) show('trouble', '')
      safe = report.safe
      show('l1Head', report.l1Head)
      show('batches', report.batches)
      show('safe', report.safe)
      show('assertions', report.assertions)
      show('transactions', work.transactions)
      show('guest', mebibytes(report.guestBytes))
      if (work.seconds > 0)
        show(
          'speed',
          `${(work.gas / work.seconds / 1e6).toFixed(1)} Mgas/s, ${(1000 * work.seconds).toFixed(0)} ms`,
        )
      break
    }
  }
  showVerdict()
}

/** Heaps of the page and its worker; Chromium tells them to isolated pages only, and WebAssembly's memory not at all. */
async function memoryBytes(): Promise<number | undefined> {
  const { measureUserAgentSpecificMemory: measure } = performance as unknown as {
    measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }>
  }
  if (measure === undefined || !crossOriginIsolated) return undefined
  return (await measure.call(performance)).bytes
}

async function watchMemory(): Promise<void> {
  for (;;) {
    const bytes = await memoryBytes().catch(() => undefined)
    if (bytes === undefined) return
    show('memory', mebibytes(bytes))
    await new Promise((resolve) => setTimeout(resolve, MEMORY_MS))
  }
}

interface Chain {
  rpcUrls: { default: { http: string[] } }
}

async function main(): Promise<void> {
  const answer = await fetch('chain.json')
  if (!answer.ok) throw new Error(`chain.json: HTTP ${answer.status}`)
  const deployment = (await answer.json()) as { l1: Chain; l2: Chain }
  const query = new URLSearchParams(location.search)
  const urlOf = (name: 'l1' | 'l2') => query.get(name) ?? deployment[name].rpcUrls.default.http[0]!
  const verifiers = (query.get('verifiers') ?? '').split(',').filter((url) => url !== '')
  const start: Start = { deployment, l1Url: urlOf('l1'), l2Url: urlOf('l2'), verifiers }
  show('l1', start.l1Url)
  show('l2', start.l2Url)
  show('verifiers', verifiers.join(', ') || 'nobody (none is named: ?verifiers=<url>,<url>)')
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<Report>) => receive(data))
  worker.addEventListener('error', ({ message }) => receive({ kind: 'error', where: 'worker', message }))
  worker.postMessage(start)
}

void main().catch((error: unknown) => receive({ kind: 'error', where: 'page', message: String(error) }))

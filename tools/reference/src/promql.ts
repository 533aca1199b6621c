/**
 * PromQL, as far as dashboards and alerts need it: enough to know which series an expression reads, which labels it uses, and whether it is well
 * formed. https://prometheus.io/docs/prometheus/latest/querying/basics/
 */

export interface Matcher {
  label: string
  op: '=' | '!=' | '=~' | '!~'
  value: string
}
export interface Selector {
  kind: 'selector'
  name: string
  matchers: readonly Matcher[]
  /** `[5m]` stands behind it */
  range: boolean
}
export interface Call {
  kind: 'call'
  name: string
  args: readonly Expression[]
}
export interface Aggregation {
  kind: 'aggregation'
  name: string
  /** the labels of `by` or `without` */
  grouping: readonly string[]
  args: readonly Expression[]
}
export interface Binary {
  kind: 'binary'
  op: string
  left: Expression
  right: Expression
  /** the labels of `on`, `ignoring`, `group_left` and `group_right` */
  labels: readonly string[]
}
export interface Literal {
  kind: 'literal'
}
export type Expression = Selector | Call | Aggregation | Binary | Literal

const aggregations: ReadonlySet<string> = new Set(
  'sum min max avg group stddev stdvar count count_values bottomk topk quantile'.split(' '),
)
/** Functions over ranges; the rest takes instants. */
const rangeFunctions: ReadonlySet<string> = new Set(
  'rate irate increase delta idelta deriv changes resets predict_linear holt_winters avg_over_time min_over_time max_over_time sum_over_time count_over_time quantile_over_time stddev_over_time last_over_time present_over_time absent_over_time'.split(
    ' ',
  ),
)
const instantFunctions: ReadonlySet<string> = new Set(
  'abs absent ceil clamp clamp_max clamp_min exp floor histogram_quantile label_join label_replace ln log10 log2 round scalar sgn sort sort_desc sqrt time timestamp vector'.split(
    ' ',
  ),
)
const precedence: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
}

const TOKEN =
  /\s*(?:([0-9]+(?:ms|[smhdwy])(?:[0-9]+(?:ms|[smhdwy]))*)|([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)|([a-zA-Z_:][a-zA-Z0-9_:]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}[\],:]))/y

interface Token {
  kind: 'duration' | 'number' | 'word' | 'string' | 'symbol' | 'end'
  text: string
  at: number
}

function tokens(text: string): Token[] {
  const kinds = ['duration', 'number', 'word', 'string', 'symbol'] as const
  const found: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null)
      throw new SyntaxError(`expected PromQL at character ${at + 1}, got ${text.slice(at, at + 20)}`)
    const kind = kinds.findIndex((_kind, index) => match[index + 1] !== undefined)
    found.push({ kind: kinds[kind]!, text: match[kind + 1]!, at })
  }
  found.push({ kind: 'end', text: 'the end', at: text.length })
  return found
}

/** Goes through the tokens of an expression. */
interface Reader {
  next(): Token
  take(): Token
  is(symbol: string): boolean
  /** Takes the symbol where it is next. */
  accept(symbol: string): boolean
  expect(symbol: string): void
  /** Takes a token of this kind, and gives its text. */
  ofKind(kind: Token['kind']): string
  fail(expected: string): never
}

function readerOf(text: string): Reader {
  const list = tokens(text)
  let at = 0
  const reader: Reader = {
    next: () => list[at]!,
    take: () => list[at++]!,
    is: (symbol) =>
      (reader.next().kind === 'symbol' || reader.next().kind === 'word') && reader.next().text === symbol,
    accept: (symbol) => reader.is(symbol) && reader.take() !== undefined,
    expect: (symbol) => void (reader.accept(symbol) || reader.fail(symbol)),
    ofKind: (kind) => (reader.next().kind === kind ? reader.take().text : reader.fail(kind)),
    fail(expected) {
      throw new SyntaxError(
        `expected ${expected} at character ${reader.next().at + 1}, got ${reader.next().text}`,
      )
    },
  }
  return reader
}

/** `(a, b)`: what `item` reads, between parentheses. */
function list<T>(reader: Reader, item: () => T): T[] {
  const found: T[] = []
  reader.expect('(')
  while (!reader.is(')')) {
    found.push(item())
    if (!reader.accept(',')) break
  }
  reader.expect(')')
  return found
}

const labels = (reader: Reader): string[] => list(reader, () => reader.ofKind('word'))

const args = (reader: Reader): Expression[] =>
  list(reader, () =>
    reader.next().kind === 'string' ? (reader.take(), { kind: 'literal' }) : binary(reader, 0),
  )

function matchers(reader: Reader): Matcher[] {
  const found: Matcher[] = []
  if (!reader.accept('{')) return found
  while (!reader.is('}')) {
    const label = reader.ofKind('word')
    const op = reader.take().text
    if (op !== '=' && op !== '!=' && op !== '=~' && op !== '!~') return reader.fail('=, !=, =~ or !~')
    found.push({ label, op, value: reader.ofKind('string').slice(1, -1) })
    if (!reader.accept(',')) break
  }
  reader.expect('}')
  return found
}

function selector(reader: Reader, name: string): Selector {
  const found = matchers(reader)
  const range = reader.accept('[')
  if (range) {
    reader.ofKind('duration')
    reader.expect(']')
  }
  if (reader.accept('offset')) reader.ofKind('duration')
  return { kind: 'selector', name, matchers: found, range }
}

function aggregation(reader: Reader, name: string): Aggregation {
  const grouped = () => (reader.accept('by') || reader.accept('without') ? labels(reader) : undefined)
  const before = grouped()
  const found = args(reader)
  return { kind: 'aggregation', name, grouping: before ?? grouped() ?? [], args: found }
}

function call(reader: Reader, name: string): Call {
  if (!rangeFunctions.has(name) && !instantFunctions.has(name))
    reader.fail(`a function of PromQL before (, not ${name}`)
  const found = args(reader)
  const [vector] = found
  if (rangeFunctions.has(name) !== (vector?.kind === 'selector' && vector.range))
    throw new SyntaxError(
      `expected ${rangeFunctions.has(name) ? 'a range such as [5m]' : 'no range'} in ${name}()`,
    )
  return { kind: 'call', name, args: found }
}

function primary(reader: Reader): Expression {
  if (reader.accept('(')) {
    const inner = binary(reader, 0)
    reader.expect(')')
    return inner
  }
  if (reader.accept('-')) return primary(reader)
  const { kind } = reader.next()
  if (kind !== 'number' && kind !== 'word') return reader.fail('a metric, a function or a number')
  const { text } = reader.take()
  if (kind === 'number') return { kind: 'literal' }
  if (aggregations.has(text)) return aggregation(reader, text)
  return reader.is('(') ? call(reader, text) : selector(reader, text)
}

/** The labels of what stands between an operator and its right side. */
function matching(reader: Reader): string[] {
  reader.accept('bool')
  if (!reader.accept('on') && !reader.accept('ignoring')) return []
  const names = labels(reader)
  const grouped = reader.accept('group_left') || reader.accept('group_right')
  return grouped && reader.is('(') ? [...names, ...labels(reader)] : names
}

function binary(reader: Reader, least: number): Expression {
  let left = primary(reader)
  for (;;) {
    const { text: op, kind } = reader.next()
    const level = kind === 'string' ? undefined : precedence[op]
    if (level === undefined || level <= least) return left
    reader.take()
    const used = matching(reader)
    // A power binds to its right.
    const right = binary(reader, op === '^' ? level - 1 : level)
    left = { kind: 'binary', op, left, right, labels: used }
  }
}

/**
 * Reads an expression.
 * @throws {SyntaxError} with what was expected and where
 */
export function parsePromql(text: string): Expression {
  const reader = readerOf(text)
  const expression = binary(reader, 0)
  if (reader.next().kind !== 'end') reader.fail('an operator or the end')
  return expression
}

/** Every expression below one, itself first. */
export function* parts(expression: Expression): Generator<Expression> {
  yield expression
  const below =
    expression.kind === 'binary'
      ? [expression.left, expression.right]
      : expression.kind === 'call' || expression.kind === 'aggregation'
        ? expression.args
        : []
  for (const part of below) yield* parts(part)
}

/** A line of `/metrics`: a name with its labels. */
export interface Series {
  name: string
  labels: Readonly<Record<string, string>>
}

/** Whether a selector reads a series. Regular expressions match whole values. */
export function selects({ name, matchers }: Selector, series: Series): boolean {
  return (
    series.name === name &&
    matchers.every(({ label, op, value }) => {
      const found = series.labels[label] ?? ''
      if (op === '=') return found === value
      if (op === '!=') return found !== value
      return new RegExp(`^(?:${value})$`).test(found) === (op === '=~')
    })
  )
}

/** Whether every part of an expression that must have data has some. Comparisons count as if they held. */
export function hasData(
  expression: Expression,
  series: readonly Series[],
  reads: (selector: Selector, one: Series) => boolean = selects,
): boolean {
  switch (expression.kind) {
    case 'literal':
      return true
    case 'selector':
      return series.some((one) => reads(expression, one))
    case 'call':
    case 'aggregation':
      return expression.args.every((part) => hasData(part, series, reads))
    case 'binary':
      return hasDataOfBoth(expression, (part) => hasData(part, series, reads))
  }
}

function hasDataOfBoth({ op, left, right }: Binary, has: (part: Expression) => boolean): boolean {
  if (op === 'or') return has(left) || has(right)
  return has(left) && (op === 'unless' || has(right))
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g

/** The series of Prometheus' text format, with further labels as a scrape adds them. */
export function readSeries(text: string, added: Readonly<Record<string, string>>): Series[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line)
    if (match === null) return []
    const own = Object.fromEntries(
      [...(match[2] ?? '').matchAll(LABEL)].map(([, key, value]) => [key, value!]),
    )
    return [{ name: match[1]!, labels: { ...own, ...added } }]
  })
}

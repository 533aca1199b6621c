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

/**
 * Reads an expression.
 * @throws {SyntaxError} with what was expected and where
 */
export function parsePromql(text: string): Expression {
  const list = tokens(text)
  let at = 0
  const next = () => list[at]!
  const take = () => list[at++]!
  const fail = (expected: string): never => {
    throw new SyntaxError(`expected ${expected} at character ${next().at + 1}, got ${next().text}`)
  }
  const is = (symbol: string) =>
    (next().kind === 'symbol' || next().kind === 'word') && next().text === symbol
  const accept = (symbol: string) => is(symbol) && take() !== undefined
  const expect = (symbol: string) => accept(symbol) || fail(symbol)
  const ofKind = (kind: Token['kind']) => (next().kind === kind ? take().text : fail(kind))

  /** `(a, b)` of labels. */
  function labels(): string[] {
    const names: string[] = []
    expect('(')
    while (!is(')')) {
      names.push(ofKind('word'))
      if (!accept(',')) break
    }
    expect(')')
    return names
  }

  function args(): Expression[] {
    const found: Expression[] = []
    expect('(')
    while (!is(')')) {
      found.push(next().kind === 'string' ? (take(), { kind: 'literal' }) : binary(0))
      if (!accept(',')) break
    }
    expect(')')
    return found
  }

  function matchers(): Matcher[] {
    const found: Matcher[] = []
    if (!accept('{')) return found
    while (!is('}')) {
      const label = ofKind('word')
      const op = take().text
      if (op !== '=' && op !== '!=' && op !== '=~' && op !== '!~') return fail('=, !=, =~ or !~')
      found.push({ label, op, value: ofKind('string').slice(1, -1) })
      if (!accept(',')) break
    }
    expect('}')
    return found
  }

  function selector(name: string): Selector {
    const found = matchers()
    const range = accept('[')
    if (range) {
      ofKind('duration')
      expect(']')
    }
    if (accept('offset')) ofKind('duration')
    return { kind: 'selector', name, matchers: found, range }
  }

  function aggregation(name: string): Aggregation {
    const grouped = () => (accept('by') || accept('without') ? labels() : undefined)
    const before = grouped()
    const found = args()
    return { kind: 'aggregation', name, grouping: before ?? grouped() ?? [], args: found }
  }

  function call(name: string): Call {
    if (!rangeFunctions.has(name) && !instantFunctions.has(name))
      fail(`a function of PromQL before (, not ${name}`)
    const found = args()
    const [vector] = found
    if (rangeFunctions.has(name) !== (vector?.kind === 'selector' && vector.range))
      throw new SyntaxError(
        `expected ${rangeFunctions.has(name) ? 'a range such as [5m]' : 'no range'} in ${name}()`,
      )
    return { kind: 'call', name, args: found }
  }

  function primary(): Expression {
    if (accept('(')) {
      const inner = binary(0)
      expect(')')
      return inner
    }
    if (accept('-')) return primary()
    const token = take()
    if (token.kind === 'number') return { kind: 'literal' }
    if (token.kind !== 'word') {
      at--
      return fail('a metric, a function or a number')
    }
    if (aggregations.has(token.text)) return aggregation(token.text)
    return is('(') ? call(token.text) : selector(token.text)
  }

  function matching(): string[] {
    const names: string[] = []
    accept('bool')
    if (accept('on') || accept('ignoring')) {
      names.push(...labels())
      if (accept('group_left') || accept('group_right')) if (is('(')) names.push(...labels())
    }
    return names
  }

  function binary(least: number): Expression {
    let left = primary()
    for (;;) {
      const op = next().text
      const level = next().kind === 'string' ? undefined : precedence[op]
      if (level === undefined || level <= least) return left
      take()
      const used = matching()
      // A power binds to its right.
      left = { kind: 'binary', op, left, right: binary(op === '^' ? level - 1 : level), labels: used }
    }
  }

  const expression = binary(0)
  if (next().kind !== 'end') fail('an operator or the end')
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

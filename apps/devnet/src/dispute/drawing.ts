import type { MoveOnL1 } from './moves.js'

/** Columns of a bar in the terminal. */
const COLUMNS = 40

const names = ['blocks', 'spans of steps', 'steps'] as const

export const levelName = (level: number): string => names[level]!

/** Where an interval lies among the leaves of its level, drawn at the scale of the interval that it was halved from. */
export function bar(
  { from, count, height }: Pick<MoveOnL1, 'from' | 'count' | 'height'>,
  top: number,
): string {
  const half = COLUMNS / 2
  if (height === top) return '█'.repeat(COLUMNS)
  const isUpper = Math.floor(from / count) % 2 === 1
  return isUpper ? '░'.repeat(half) + '█'.repeat(half) : '█'.repeat(half) + '░'.repeat(half)
}

const LEFT = 190
const WIDTH = 640
const ROW = 11
const GAP = 44

const escape = (text: string): string => text.replace(/[<&]/g, (c) => (c === '<' ? '&lt;' : '&amp;'))

/** Who the moves of a drawing are by, and what it is called. */
export interface DrawingOptions {
  /** of the levels, from blocks to steps */
  heights: readonly number[]
  isHonest: (account: string) => boolean
  title: string
}

/** A row: what is disputed of the row above, and who has moved there. */
function row(
  moves: readonly MoveOnL1[],
  y: number,
  label: string,
  isHonest: DrawingOptions['isHonest'],
): string {
  const [first] = moves
  const isUpper = first !== undefined && Math.floor(first.from / first.count) % 2 === 1
  const isWhole = moves.some(({ kind }) => kind === 'claim' || (kind === 'refine' && first!.from === 0))
  const x = LEFT + (isUpper && !isWhole ? WIDTH / 2 : 0)
  const breadth = isWhole ? WIDTH : WIDTH / 2
  const who = [true, false].map((honest) => moves.some(({ account }) => isHonest(account) === honest))
  return [
    `<rect x="${LEFT}" y="${y}" width="${WIDTH}" height="${ROW - 2}" class="agreed"/>`,
    first &&
      `<rect x="${x}" y="${y}" width="${breadth}" height="${ROW - 2}" class="disputed"><title>${escape(label)}</title></rect>`,
    who[0] && `<circle cx="${LEFT - 26}" cy="${y + 4}" r="4" class="honest"/>`,
    who[1] && `<circle cx="${LEFT - 12}" cy="${y + 4}" r="4" class="liar"/>`,
  ]
    .filter((part) => typeof part === 'string')
    .join('')
}

/**
 * The bisection as an SVG: for each level a row for each height, whose dark part is the half of the row above that is disputed, and a dot for each side that has moved there.
 */
export function drawing(moves: readonly MoveOnL1[], { heights, isHonest, title }: DrawingOptions): string {
  const parts: string[] = []
  let y = 74
  for (const [level, top] of heights.entries()) {
    parts.push(
      `<text x="10" y="${y + 12}" class="name">${names[level]}</text>`,
      `<text x="10" y="${y + 28}" class="small">2^${top} leaves</text>`,
    )
    // A leaf of the levels above is refined, which the level below shows.
    for (let height = top; height >= (level === 2 ? 0 : 1); height--, y += ROW)
      parts.push(
        row(
          moves.filter((move) => move.level === level && move.height === height),
          y,
          `${names[level]}, 2^${height} of them`,
          isHonest,
        ),
      )
    const proof = moves.find((move) => move.level === level && move.kind === 'prove')
    if (proof)
      parts.push(
        `<text x="${LEFT + WIDTH / 2}" y="${y + 18}" class="proof">step ${proof.from}: one instruction, proven on L1 for ${proof.gas.toLocaleString('en')} gas</text>`,
      )
    y += GAP
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 20} ${y}" font-family="sans-serif">`,
    '<style>.agreed{fill:#e9ecef}.disputed{fill:#495057}.honest{fill:#2a9d8f}.liar{fill:#e76f51}.name{font-weight:bold;font-size:13px}.small{font-size:11px;fill:#555}.proof{text-anchor:middle;font-size:13px;font-weight:bold}</style>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="10" y="26" font-size="17" font-weight="bold">${escape(title)}</text>`,
    '<text x="10" y="50" class="small">Dark: the half of the row above that is disputed. A dot: who moved there.</text>',
    '<circle cx="446" cy="46" r="5" class="honest"/><text x="456" y="50" class="small">honest</text>',
    '<circle cx="516" cy="46" r="5" class="liar"/><text x="526" y="50" class="small">liar</text>',
    ...parts,
    '</svg>\n',
  ].join('\n')
}

import { capacity, type Lead } from './scenarios.js'
import { ETHER, type Rules } from './rules.js'

interface Curve {
  name: string
  points: readonly (readonly [x: number, y: number])[]
}

const COLOURS = ['#1f6feb', '#cf222e', '#1a7f37']
const [WIDTH, HEIGHT, LEFT, TOP] = [380, 240, 70, 40]

/** Two drawings beside each other, as SVG: what draws are worth by P, and what goes out in a day by the active set. */
export function curves(leads: readonly Lead[], rules: Rules): string {
  const milli = (wei: number) => wei / 1e15
  const at = (of: 'following' | 'freeloading' | 'unmet') =>
    leads.map((each) => [Number(each.penalty) / Number(ETHER), milli(each[of])] as const)
  const days = [5, 8, 16, 24, 32, 40, 48, 56, 64].map(
    (active) => [active, Number(capacity(rules, active).perDay) / Number(ETHER)] as const,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="340" font-family="sans-serif" font-size="12">`,
    '<rect width="960" height="340" fill="#ffffff"/>',
    panel(0, 'Honest earns more than lazy by, 0.001 ETH a day', 'P, ETH', [
      { name: 'signs what others signed', points: at('following') },
      { name: 'and never checks in', points: at('freeloading') },
      { name: 'the same, met draws only who checked in', points: at('unmet') },
    ]),
    panel(480, 'Early exits, ETH a day', 'active verifiers with 32 ETH', [{ name: '', points: days }]),
    '</svg>',
    '',
  ].join('\n')
}

function panel(x: number, title: string, below: string, all: readonly Curve[]): string {
  const points = all.flatMap((curve) => curve.points)
  const [right, top] = [Math.max(...points.map(([at]) => at)), Math.max(...points.map(([, y]) => y))]
  const bottom = Math.min(0, ...points.map(([, y]) => y))
  const px = (value: number) => (x + LEFT + (value / right) * WIDTH).toFixed(1)
  const py = (value: number) => (TOP + HEIGHT - ((value - bottom) / (top - bottom)) * HEIGHT).toFixed(1)
  const label = (value: number) => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0))
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  return [
    `<text x="${x + LEFT}" y="20" font-weight="bold">${title}</text>`,
    `<text x="${x + LEFT + WIDTH / 2}" y="${TOP + HEIGHT + 38}" text-anchor="middle">${below}</text>`,
    `<path d="M${px(0)} ${TOP}V${TOP + HEIGHT}M${px(0)} ${py(0)}H${px(right)}" stroke="#57606a" fill="none"/>`,
    ...ticks.map(
      (part) =>
        `<text x="${px(part * right)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${label(part * right)}</text>`,
    ),
    ...ticks.map((part) => {
      const value = bottom + part * (top - bottom)
      return `<text x="${x + LEFT - 6}" y="${py(value)}" text-anchor="end">${label(value)}</text>`
    }),
    ...all.flatMap(({ name, points: line }, i) => [
      `<polyline fill="none" stroke="${COLOURS[i]}" stroke-width="2" points="${line.map(([a, b]) => `${px(a)},${py(b)}`).join(' ')}"/>`,
      `<text x="${x + LEFT + 12}" y="${TOP + 14 + 16 * i}" fill="${COLOURS[i]}">${name}</text>`,
    ]),
  ].join('\n')
}

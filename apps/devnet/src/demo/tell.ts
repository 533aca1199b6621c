/** A line of the tour. */
export const say = (text = '') => process.stdout.write(`${text}\n`)
const began = Date.now()
/** Time since the start. */
export const passed = () => `${((Date.now() - began) / 1_000).toFixed(0)} s`
let stepNumber = 0
/** Begins a step, with the seconds since the start. */
export function step(title: string): void {
  say(`\n${++stepNumber}. ${title}   (${passed()})`)
}
/** A line below a step. */
export const note = (text: string) => say(`   ${text}`)

/** A step that did not hold ends the tour with exit code 1. */
export function hold(condition: unknown, what: string): void {
  if (!condition) throw new Error(`This did not hold: ${what}`)
  note(`✓ ${what}`)
}

/** Asks every half a second until the answer is neither undefined nor false; errors count as no answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  seconds = 120,
): Promise<T> {
  const end = Date.now() + seconds * 1_000
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}.`)
    await new Promise((r) => setTimeout(r, 500))
  }
}

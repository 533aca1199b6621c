import type { L1Header } from './header.js'

/** Why these headers, ascending, are not each the parent of the next; undefined: they are. */
export function brokenLink(branch: readonly L1Header[]): string | undefined {
  for (const [i, header] of branch.entries()) {
    const before = branch[i - 1]
    if (before && (header.parentHash !== before.hash || header.number !== before.number + 1n))
      return `${header.number} is no child of ${before.number}`
  }
  return undefined
}

/** Why the times of a branch that leaves the known headers at `parent` are not those of a chain; undefined: they are. */
export function brokenTime(parent: L1Header, branch: readonly L1Header[]): string | undefined {
  for (const [i, header] of branch.entries())
    if (header.timestamp < (branch[i - 1] ?? parent).timestamp)
      return `the time of ${header.number} is before that of its parent`
  return undefined
}

/** Numbers [from, to] in parts of at most `step`. */
export function parts(from: bigint, to: bigint, step: bigint): [from: bigint, to: bigint][] {
  const found: [bigint, bigint][] = []
  for (let at = from; at <= to; at += step) found.push([at, at + step - 1n < to ? at + step - 1n : to])
  return found
}

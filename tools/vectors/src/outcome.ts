/** Shared by all kinds of tests. */

/** One case, ready to run. It throws when the case fails. */
export interface TestCase {
  /** unique and stable */
  id: string
  run(): Promise<void>
}

/** What a file holds: cases to run, and how many others there are and why they are not run. */
export interface TestFile {
  cases: TestCase[]
  skipped: Record<string, number>
}

/** A case did not come out as its file says. */
export class Mismatch extends Error {
  constructor(what: string, expected: unknown, got: unknown) {
    super(`${what}: expected ${String(expected)}, got ${String(got)}`)
  }
}

export function same(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Mismatch(what, expected, got)
}

export interface Output {
  line(text: string): void
  error(text: string): void
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** What came out so far: by folder, in sum, and why cases were skipped. */
export interface Report {
  readonly total: Readonly<Counts>
  /** Counts for the folder of this file. */
  of(path: string): { passed(): void; failed(): void; skipped(why: string, count?: number): void }
  /** Writes the table of folders and the reasons. */
  write(output: Output): void
}

const counts = (): Counts => ({ passed: 0, failed: 0, skipped: 0 })

export function newReport(): Report {
  const folders = new Map<string, Counts>()
  const reasons = new Map<string, number>()
  const total = counts()
  return {
    total,
    of(path) {
      const folder = path.split('/').slice(0, -1).slice(0, 3).join('/') || '.'
      let own = folders.get(folder)
      if (own === undefined) folders.set(folder, (own = counts()))
      const add = (kind: keyof Counts, count: number) => {
        own[kind] += count
        total[kind] += count
      }
      return {
        passed: () => add('passed', 1),
        failed: () => add('failed', 1),
        skipped(why, count = 1) {
          add('skipped', count)
          reasons.set(why, (reasons.get(why) ?? 0) + count)
        },
      }
    },
    write(output) {
      const width = Math.max(10, ...[...folders.keys()].map((folder) => folder.length))
      const row = (name: string, ...cells: (string | number)[]) =>
        `${name.padEnd(width)}  ${cells.map((cell) => `${cell}`.padStart(7)).join(' ')}`
      output.line(row('folder', 'passed', 'failed', 'skipped'))
      for (const [folder, { passed, failed, skipped }] of folders)
        output.line(row(folder, passed, failed, skipped))
      for (const [why, count] of reasons) output.line(`skipped, ${why}: ${count}`)
    },
  }
}

import { SingleBar } from 'cli-progress'
import { showBytes } from './values.js'

/** Shows how far something is: a bar on a terminal, nothing elsewhere. */
export interface Progress {
  /** @param what what is being done; another one begins another bar */
  show(what: string, done: number, total: number): void
  end(): void
}

/** Milliseconds over which the speed is measured. */
const WINDOW_MS = 3_000

/** Bars on a stream, which is a terminal. Bytes unless `unit` says what is counted. */
export function progressBars(stream: NodeJS.WriteStream | undefined, now: () => number = Date.now): Progress {
  let bar: SingleBar | undefined
  let shown = ''
  let seen: { at: number; done: number }[] = []
  const end = () => {
    bar?.stop()
    bar = undefined
    shown = ''
  }
  if (!stream?.isTTY) return { show: () => undefined, end }
  return {
    show(what, done, total) {
      const at = now()
      if (what !== shown) {
        end()
        seen = []
        shown = what
        bar = new SingleBar({
          format: `${what} [{bar}] {percentage}% {about}`,
          ...{ hideCursor: true, clearOnComplete: false, stream },
        })
        bar.start(Math.max(1, total), done, { about: '' })
      }
      seen.push({ at, done })
      while (seen.length > 2 && at - seen[0]!.at > WINDOW_MS) seen.shift()
      const [first] = seen
      const seconds = (at - first!.at) / 1_000
      const speed = seconds > 0 ? ` ${showBytes((done - first!.done) / seconds)}/s` : ''
      bar!.setTotal(Math.max(1, total))
      bar!.update(done, { about: `${showBytes(done)} of ${showBytes(total)}${speed}` })
    },
    end,
  }
}

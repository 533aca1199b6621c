import type { VaultFile } from '@animechain/vault-client'
import type { AskRange, Piece, Pull } from './messages.js'
import { answerHead } from './ranges.js'

/** A file that the page may read, and what it is. */
export interface Media {
  file: VaultFile
  /** media type */
  type: string
}

/** Chunks of 256 KiB that are fetched ahead of what the video element takes. */
const AHEAD = 2

/** Answers one request of the worker: the head at once, then a piece for each pull, until the end or until nobody wants more. */
async function answer(port: MessagePort, { range }: AskRange, media: Media | undefined): Promise<void> {
  const say = (piece: Piece, transfer: Transferable[] = []) => port.postMessage(piece, transfer)
  if (!media) return say({ type: 'error', message: 'there is no such file' })
  const head = answerHead(range, { length: media.file.length, type: media.type })
  const stop = new AbortController()
  const part = head.range ?? { start: 0, end: 0 }
  const pieces = media.file.stream({ ...part, ahead: AHEAD, signal: stop.signal })
  let last: Promise<void> = Promise.resolve()
  const give = async () => {
    try {
      const next = await pieces.next()
      if (next.done) return say({ type: 'end' })
      // A copy of its own, which is handed over.
      const bytes = next.value.slice()
      say({ type: 'bytes', bytes }, [bytes.buffer])
    } catch (error) {
      if (!stop.signal.aborted) say({ type: 'error', message: (error as Error).message })
    }
  }
  port.onmessage = ({ data }: MessageEvent<Pull>) => {
    if (data.type === 'pull') last = last.then(give)
    else {
      stop.abort()
      void pieces.return(undefined)
      port.close()
    }
  }
  say({ type: 'head', status: head.status, headers: head.headers })
}

/** Has the page answer what the service worker asks. @param mediaAt the file of a path */
export function serveMedia(mediaAt: (path: string) => Media | undefined): void {
  navigator.serviceWorker.addEventListener('message', ({ data, ports }: MessageEvent<AskRange>) => {
    const [port] = ports
    if (port && data.type === 'range') void answer(port, data, mediaAt(data.path))
  })
}

/** Resolves once the service worker answers the requests of this page. */
export async function workerReady(): Promise<void> {
  await navigator.serviceWorker.register('worker.js')
  await navigator.serviceWorker.ready
  if (navigator.serviceWorker.controller) return
  await new Promise((resolve) =>
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
  )
}

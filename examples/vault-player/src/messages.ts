/** The worker asks the page, which has the key, for a part of a file; a port comes along for the answer. */
export interface AskRange {
  type: 'range'
  /** path of the request, `/media/…` */
  path: string
  /** its `Range` header */
  range: string | null
}

/** What the worker says on that port. */
export type Pull = { type: 'pull' } | { type: 'cancel' }

/** What the page says on it: the head first, then one piece for each pull. */
export type Piece =
  | { type: 'head'; status: number; headers: Record<string, string> }
  | { type: 'bytes'; bytes: Uint8Array }
  | { type: 'end' }
  | { type: 'error'; message: string }

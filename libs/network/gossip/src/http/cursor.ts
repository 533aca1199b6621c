/** Where a client was in what a server keeps of a topic: which run of the server, and which place in it. */
export interface Cursor {
  run: string
  place: number
}

const CURSOR = /^([0-9a-f]{16})-(\d{1,15})$/

/** Longest list of messages in one answer. */
export const MAX_LISTED = 256

/** As in `?after=` and the header `gossip-cursor`. */
export const encodeCursor = ({ run, place }: Cursor): string => `${run}-${place}`

/** Undefined where it is none. */
export function decodeCursor(text: string | null): Cursor | undefined {
  const match = CURSOR.exec(text ?? '')
  return match ? { run: match[1]!, place: Number(match[2]) } : undefined
}

/** A binary heap in an array: `before` says which of two items comes out first. */
export type Before<T> = (a: T, b: T) => boolean

/** Orders an array of any order as a heap, in linear time. */
export function heapify<T>(heap: T[], before: Before<T>): void {
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(heap, at, before)
}

export function push<T>(heap: T[], item: T, before: Before<T>): void {
  let at = heap.length
  heap.push(item)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(heap[at]!, heap[parent]!)) return
    ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
    at = parent
  }
}

export function pop<T>(heap: T[], before: Before<T>): T | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (heap.length === 0 || last === undefined) return top
  heap[0] = last
  sink(heap, 0, before)
  return top
}

function sink<T>(heap: T[], from: number, before: Before<T>): void {
  let at = from
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) return
    const right = left + 1
    const child = right < heap.length && before(heap[right]!, heap[left]!) ? right : left
    if (!before(heap[child]!, heap[at]!)) return
    ;[heap[at], heap[child]] = [heap[child]!, heap[at]!]
    at = child
  }
}

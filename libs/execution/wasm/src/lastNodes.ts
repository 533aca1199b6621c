/** Most memory of sealed blocks that is kept for the next, bytes: beyond it the oldest go, but never the last block. */
const KEPT_BYTES = 8 * 2 ** 20
/** Most blocks that are looked through. */
const KEPT_BLOCKS = 4

/** Trie nodes of one block, where they stand in `bytes`. */
export interface WrittenNodes {
  bytes: Uint8Array
  hashes: readonly number[]
  values: readonly number[]
  lengths: readonly number[]
}

/** The trie nodes of the last sealed blocks, which the next block reads first: found without a string or an object for each. */
export interface LastNodes {
  add(nodes: WrittenNodes): void
  /** A view; keep no reference to it. */
  get(hash: Uint8Array): Uint8Array | undefined
}

interface Layer extends WrittenNodes {
  /** Open addressing: number of a node plus one, 0 for a free place. */
  table: Int32Array
}

// Unknown to whoever makes nodes, so that nobody can choose them to fall on one place of a table.
const [factor, secondFactor] = Array.from({ length: 2 }, () => Math.floor(Math.random() * 2 ** 32) | 1) as [
  number,
  number,
]

const word = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
const place = (bytes: Uint8Array, at: number): number => {
  const mixed = Math.imul(word(bytes, at), factor) + Math.imul(word(bytes, at + 4), secondFactor)
  return mixed ^ (mixed >>> 16)
}

function layerOf(nodes: WrittenNodes): Layer {
  const { bytes, hashes } = nodes
  const table = new Int32Array(2 ** (33 - Math.clz32(hashes.length)))
  const mask = table.length - 1
  for (const [i, hashAt] of hashes.entries()) {
    let at = place(bytes, hashAt) & mask
    while (table[at] !== 0) at = (at + 1) & mask
    table[at] = i + 1
  }
  return { ...nodes, table }
}

function find({ table, bytes, hashes, values, lengths }: Layer, hash: Uint8Array): Uint8Array | undefined {
  const mask = table.length - 1
  for (let at = place(hash, 0) & mask; table[at] !== 0; at = (at + 1) & mask) {
    const i = table[at]! - 1
    const hashAt = hashes[i]!
    let same = 0
    while (same < 32 && bytes[hashAt + same] === hash[same]) same++
    if (same === 32) return bytes.subarray(values[i]!, values[i]! + lengths[i]!)
  }
  return undefined
}

export function lastNodes(): LastNodes {
  let layers: Layer[] = []
  return {
    add(nodes) {
      if (nodes.hashes.length === 0) return
      layers.unshift(layerOf(nodes))
      let kept = 0
      layers = layers.filter(
        ({ bytes }, i) => ((kept += bytes.length) <= KEPT_BYTES && i < KEPT_BLOCKS) || i === 0,
      )
    },
    get(hash) {
      for (const layer of layers) {
        const found = find(layer, hash)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
}

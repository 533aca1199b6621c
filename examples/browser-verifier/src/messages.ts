/** What a page asks its worker to do. Sent once. */
export interface Start {
  /** content of the deployment file (chain.json) */
  deployment: unknown
  l1Url: string
  /** the node whose answers are checked */
  l2Url: string
  /** HTTP gossip of the nodes that alarms are posted to */
  verifiers: readonly string[]
}

/** A block that this tab derived from L1 and executed, beside what the checked node says about it. */
export interface BlockVerdict {
  number: number
  hash: string
  transactions: number
  /** gas */
  gasUsed: number
  /** Empty: the node says the same. Otherwise the fields in which it differs. */
  differences: { field: string; derived: string; claimed: string }[]
}

/** An output root that was asserted on L1, or that the checked node answers. */
export interface OutputVerdict {
  source: 'node' | 'assertion'
  batch: number
  block: number
  derived: string
  claimed: string
}

/** An alarm that this tab raised, or what a node said of it. */
export interface AlarmNews {
  /** the assertion's game */
  game: string
  batch: number
  block: number
  claimed: string
  derived: string
  /** who signed it: the key of this tab */
  by: string
  /** undefined: it was raised, and nobody has answered yet */
  answer?: {
    url: string
    outcome: 'taken' | 'later' | 'refused'
    /** in the node's own words */
    said: string
    /** It is not asked again. */
    last: boolean
  }
}

/** Work of the engine since the start. */
export interface Work {
  blocks: number
  transactions: number
  /** gas */
  gas: number
  /** seconds inside the engine */
  seconds: number
}

/** What a worker tells its page. */
export type Report =
  | { kind: 'genesis'; hash: string; expected: string }
  | {
      kind: 'progress'
      l1Head: number
      batches: number
      safe: number
      assertions: number
      /** linear memory of stf.wasm, bytes */
      guestBytes: number
      work: Work
    }
  | { kind: 'blocks'; verdicts: BlockVerdict[] }
  | { kind: 'output'; verdict: OutputVerdict }
  | { kind: 'alarm'; news: AlarmNews }
  /** L1 dropped batches: everything above this block is to be forgotten. */
  | { kind: 'reorg'; safe: number }
  | { kind: 'error'; where: string; message: string }

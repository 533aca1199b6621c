/** What a page asks its worker to do. Sent once. */
export interface Start {
  /** content of the deployment file (chain.json) */
  deployment: unknown
  l1Url: string
  /** the node whose answers are checked */
  l2Url: string
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
  /** L1 dropped batches: everything above this block is to be forgotten. */
  | { kind: 'reorg'; safe: number }
  | { kind: 'error'; where: string; message: string }

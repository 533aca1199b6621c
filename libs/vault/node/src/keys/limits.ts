/** Bounds of a key node. */
export interface KeyLimits {
  /** greatest age of the newest block, by its time and by when it came, seconds; default 5 */
  maxAge: number
  /** denials that get a receipt, a second; more are answered with HTTP 429; default 20 */
  denialsPerSecond: number
  /** denials at once that may exceed it; default 2,000 */
  denialBurst: number
  /** bytes of a denied request that auditors are shown; longer ones leave the receipt alone; default 16,384 */
  deniedBodyBytes: number
}

/** Defaults of {@link KeyLimits}. With them the log grows by at most 20 · 18 KB a second while it is attacked, 31 GB a day. */
export const keyLimits: KeyLimits = {
  maxAge: 5,
  denialsPerSecond: 20,
  denialBurst: 2_000,
  deniedBodyBytes: 16_384,
}

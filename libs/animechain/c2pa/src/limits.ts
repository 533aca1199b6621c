/** What this package reads and writes at most; what is above ends in `MEDIA_TOO_LARGE` or `INVALID_INPUT`. */
export const limits = {
  /** A media file, bytes: the library holds several copies of it in memory. */
  mediaBytes: 2 ** 28,
  /** Chunks, segments or boxes of a media file. */
  mediaParts: 100_000,
  /** A manifest store, bytes. */
  manifestBytes: 2 ** 24,
  /** Works that an output derives from, as in a version of a model and in a work: docs/spec/animechain.md. */
  parents: 8,
  /** Certificates of a chain, the signer's first. */
  chain: 8,
  /** A certificate, bytes of DER. */
  certificateBytes: 2 ** 14,
  /** Certificates of a trust list. */
  anchors: 1_024,
  /** Outputs of a store that have the same content. */
  sameContent: 64,
} as const

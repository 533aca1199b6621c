import type { ErrorCatalogue } from '@animechain/core'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  PROVING_INVALID_MODULE: {
    cause: 'The program is not valid WebAssembly.',
    remedy: 'Build it again, and check that the whole file was read. The message names the place.',
  },
  PROVING_INVALID_WITNESS: {
    cause: 'The witness of a step does not fit its state: L1 refuses it.',
    remedy:
      'Make it of the state before the step, with `witness`. A witness that it made is refused: report it.',
  },
  PROVING_MEMORY: {
    cause:
      'A replayed run writes to more pages of memory than it may here, or this machine has no memory left for it.',
    remedy:
      'Raise `pageLimit` of the replayer where there is memory for it: 80 KiB for each page that the run writes to.',
  },
  PROVING_MISSING_PREIMAGE: {
    cause: 'The program asks for data that the host does not have.',
    remedy:
      'Give the host all data that the inputs commit to. For a program of your own: it must ask for nothing else.',
  },
  PROVING_UNSUPPORTED_MODULE: {
    cause: "The program is outside of the machine's subset of WebAssembly, or larger than its bounds.",
    remedy:
      'The message names the instruction or section and its place. Build without floats, SIMD, threads and imports other than `host` (docs/spec/machine.md, section 1).',
  },
} as const satisfies ErrorCatalogue

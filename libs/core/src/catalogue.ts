/** What is behind an error code, and what to do about it: a sentence or two each, for docs/reference/errors.md. */
export interface ErrorText {
  cause: string
  remedy: string
}

/** Every code that a package throws. A catalogue is read from `src/catalogue.ts` of each package; nothing of it is in a bundle. */
export type ErrorCatalogue = Readonly<Record<string, ErrorText>>

/** Codes of execution engines, whichever they are. */
export const executionErrors = {
  EXECUTION_BUSY: {
    cause: 'The engine is open already, or builds a block: it builds one at a time.',
    remedy: 'Seal or discard the block under construction first; open an engine once.',
  },
  EXECUTION_CLOSED: {
    cause: 'The engine is not open, or the block builder has ended.',
    remedy: 'Open the engine before use, and use a builder only until `seal()` or `discard()`.',
  },
  EXECUTION_GENESIS_MISMATCH: {
    cause: 'The storage holds the state of another chain.',
    remedy: 'Use the data folder of this chain, or an empty one.',
  },
  EXECUTION_GUEST: {
    cause: 'The WebAssembly program of the engine trapped or cannot be loaded.',
    remedy:
      'Check that the package is complete (reinstall it). A trap on valid input is a fault of this project: report it with the block.',
  },
  EXECUTION_INVALID_ATTRIBUTES: {
    cause:
      'No rule of the chain allows a block with these attributes, such as a timestamp that does not rise.',
    remedy:
      'Correct the attributes; the message has what was expected. From a node it is a fault of this project: report it.',
  },
  EXECUTION_INVALID_BLOCK: {
    cause:
      'A system contract that the rules of the chain demand is missing or failed: the block cannot exist.',
    remedy: 'Check the genesis: it must contain the system contracts of its fork.',
  },
  EXECUTION_READER: {
    cause:
      'The thread that read the state ended before it was done, usually for want of memory, or none can be started.',
    remedy:
      'Try again. If it goes on, see the log for why threads end, and give the process more memory or fewer `--reader-threads`.',
  },
  EXECUTION_READS_BUSY: {
    cause: 'More calls and traces wait for a thread than the queue holds, in all or of one client.',
    remedy:
      'Try again later. On the server: raise `--reader-threads` where there are cores, or see who asks so much.',
  },
  EXECUTION_REJECTED: {
    cause:
      'What was asked for cannot be done: an unknown tracer, an override that the engine does not know, or a proof of nothing. The message says which.',
    remedy: 'Correct the request.',
  },
  EXECUTION_STATE_CORRUPT: {
    cause: 'What the storage gave is not what its key promises: the value was changed on disk.',
    remedy:
      'Restore the data folder from a copy, or derive the chain again into an empty one. Check the disk.',
  },
  EXECUTION_STATE_MISSING: {
    cause:
      'The state of a block, or a node of it, is not in the storage: the block is unknown, or the data folder lost a part.',
    remedy:
      'Ask for a block that the node has. If it is the head of a running node, restore the data folder, or start with `--on-damage rederive`.',
  },
  EXECUTION_TIMEOUT: {
    cause: 'A call or trace took longer than its caller allowed.',
    remedy:
      'Make it smaller, or raise the bound of the server: `--rpc-call-timeout-ms`, `--rpc-trace-timeout-ms`.',
  },
  EXECUTION_TRACE_TOO_LARGE: {
    cause: 'A trace would keep more than the engine allows in memory.',
    remedy: 'Trace with `limit`, `disableStack`, without memory, or with a tracer such as `callTracer`.',
  },
} as const satisfies ErrorCatalogue

/** Codes that belong to the interfaces of this package, and to all of their implementations. */
export const errorCatalogue = {
  ...executionErrors,
  ABORTED: {
    cause: 'The caller cancelled the work through its `AbortSignal`, or what did the work was stopped.',
    remedy:
      'None where you stopped it yourself. Otherwise look for what ended first: the log line before it.',
  },
  COMPOSITION: {
    cause:
      'Two parts of a node do not fit: one needs a capability that the other does not have. The message names both and what each has.',
    remedy: 'Choose another implementation of one of the two; docs/composition.md says what fits what.',
  },
  INVALID_INPUT: {
    cause:
      'A caller gave a value that the function, flag or command does not take. The message has what was expected and what came.',
    remedy: 'Correct the value.',
  },
  SETTLEMENT_REORGED: {
    cause:
      'L1 was reorganised between two reads, or the endpoint answered from two chains: what was read does not belong together.',
    remedy:
      'None while it passes by itself: the step is repeated. If it goes on, the L1 endpoint contradicts itself (a load balancer over nodes that do not agree): use another, or give several.',
  },
  STORAGE_BATCH_TOO_LARGE: {
    cause: 'A single write is larger than the store can take in one piece.',
    remedy:
      'Split the batch. A node does not write such batches: lower its bounds of blocks and bodies if it does.',
  },
  STORAGE_CLOSED: {
    cause: 'The store was used before `start()` or after `stop()`.',
    remedy: 'Start the store first, and stop it last: after everything that reads or writes it.',
  },
  STORAGE_DAMAGED: {
    cause:
      'What the disk gives is not what was written: a disk fault, or another program changed the files. No crash of the node leaves that behind.',
    remedy:
      'Restore the data folder from a copy. Without one start with `--on-damage rederive`: the damaged store is kept aside and the chain is derived from L1 again, without blocks and transactions that were not on L1. Check the disk.',
  },
  STORAGE_FAILED: {
    cause:
      'The operating system refused to open, read or write the files of the store: permissions, a disk fault, or a check that did not end in time.',
    remedy:
      'See the details in the message. Correct permissions or the disk and start again; everything acknowledged before is there.',
  },
  STORAGE_FORMAT: {
    cause: 'The folder holds files of another store, or of another version of this store.',
    remedy: 'Give the node an empty data folder, or the version of the program that wrote it.',
  },
  STORAGE_FULL: {
    cause: 'There is no room on the disk of the store. The write did not happen.',
    remedy: 'Free space or enlarge the disk. The store goes on by itself; no restart is needed.',
  },
  STORAGE_INVALID_KEY: {
    cause: 'A key is empty, or longer than stores have to take.',
    remedy: 'Use keys from 1 byte up to the length in the message.',
  },
  STORAGE_LOCKED: {
    cause: 'Another process, or another store of this process, has the folder open.',
    remedy: 'Stop the other one, or give each node a folder of its own (`--data-dir`).',
  },
  STORAGE_OVERLOADED: {
    cause: 'Writes come faster than the disk takes them, and the queue of waiting bytes is full.',
    remedy:
      'Wait for earlier writes before new ones are made. In a node: use a faster disk, or lower the rate of transactions.',
  },
  STORAGE_UNAVAILABLE: {
    cause: 'The native addon of LMDB does not load on this machine.',
    remedy:
      'Install the `lmdb` package with its optional dependencies, or use `--storage file`. `--storage auto` does so by itself.',
  },
} as const satisfies ErrorCatalogue

import { bytesToHex, type Hash } from '@animechain/core'
import type { HostData } from '../host.js'
import { ReplayError } from './errors.js'
import { replayerModule as binary } from './generated/replayerModule.js'

/** The replayer's exports (assembly/index.ts); pointers and u32 are numbers (signed as WebAssembly hands them over), u64 bigints. */
interface Exports {
  memory: { readonly buffer: ArrayBuffer }
  staging(): number
  codeAt(): number
  slotsAt(): number
  globalsAt(): number
  tableAt(): number
  memoryAt(): number
  inputsAt(): number
  changedPagesAt(): number
  outputAt(): number
  inputsHashAt(): number
  codeRootAt(): number
  ramRootAt(): number
  stateHashAt(): number
  open(pageLimit: number): void
  loadCode(length: number): number
  loadTable(entries: number): void
  loadInputs(count: number): void
  growMemory(pages: number): number
  writeMemory(at: number, size: number): number
  setRegisters(status: number, pc: number, sp: number, fp: number, pages: number, usedSlots: number): void
  run(limit: bigint): number
  runStrides(strides: number, stride: bigint): number
  stepsDone(): bigint
  readonly stridesDone: { readonly value: number }
  status(): number
  pc(): number
  sp(): number
  fp(): number
  pages(): number
  slotsUsed(): number
  touchedPages(): number
  proveLeaf(part: number, index: number): number
}

/** An instance of the replayer's module with access to its memory. */
export interface Instance {
  readonly exports: Exports
  /** All of the module's memory, valid until it runs again. */
  bytes(): Uint8Array
  view(): DataView
  /** A copy of some bytes. */
  copy(at: number, length: number): Uint8Array
  /** Reads from another host from now on. */
  setHost(host: HostData): void
  /** Kind and key of the preimage that nobody had, of the run that came back for it. */
  missing(): { kind: number; key: Hash } | undefined
}

/** The replayer's module, compiled. */
export interface ReplayerModule {
  readonly module: object
}

/** What of WebAssembly is used, under whatever host. */
interface WebAssemblyHost {
  WebAssembly: {
    compile(bytes: Uint8Array): Promise<object>
    Instance: new (module: object, imports: object) => { exports: unknown }
  }
}

const WORD = 32

let compiled: Promise<ReplayerModule> | undefined

/** The compiled module, once for all replayers. */
export function replayerModule(): Promise<ReplayerModule> {
  const { WebAssembly } = globalThis as unknown as WebAssemblyHost
  compiled ??= WebAssembly.compile(Uint8Array.from(atob(binary), (c) => c.charCodeAt(0))).then((module) => ({
    module,
  }))
  return compiled
}

/** Reads the host's data 32 bytes at a time. Data is asked for once while it is read from its beginning to its end. */
class PreimageReader {
  readonly #host: HostData
  #kind = -1
  readonly #key = new Uint8Array(WORD)
  #data: Uint8Array | undefined
  missing: { kind: number; key: Hash } | undefined

  constructor(host: HostData) {
    this.#host = host
  }

  read(memory: Uint8Array, kind: number, key: number, offset: number, out: number): number {
    if (!this.#isLast(memory, kind, key)) {
      this.#kind = kind
      this.#key.set(memory.subarray(key, key + WORD))
      this.#data = this.#host.preimage(kind, bytesToHex(this.#key))
    }
    if (this.#data === undefined) {
      this.missing = { kind, key: bytesToHex(this.#key) }
      this.#kind = -1
      return -1
    }
    const piece = this.#data.subarray(offset, offset + WORD)
    memory.set(piece, out)
    if (piece.length < WORD) memory.fill(0, out + piece.length, out + WORD)
    return piece.length
  }

  #isLast(memory: Uint8Array, kind: number, key: number): boolean {
    if (kind !== this.#kind) return false
    for (let i = 0; i < WORD; i++) if (this.#key[i] !== memory[key + i]) return false
    return true
  }
}

/**
 * A fresh instance that reads from a host. It begins with 640 MiB of addresses, of which it uses a few megabytes.
 * @throws {ReplayError} PROVING_MEMORY when they cannot be had
 */
export function instantiate({ module }: ReplayerModule, host: HostData): Instance {
  const { WebAssembly } = globalThis as unknown as WebAssemblyHost
  let reader = new PreimageReader(host)
  const preimage = (kind: number, key: number, offset: number, out: number) =>
    reader.read(bytes(), kind, key >>> 0, offset >>> 0, out >>> 0)
  let exports: Exports
  try {
    exports = new WebAssembly.Instance(module, { host: { preimage } }).exports as Exports
  } catch (cause) {
    throw new ReplayError('There is no memory for a replayer.', 'PROVING_MEMORY', { cause })
  }
  let memory = new Uint8Array(exports.memory.buffer)
  let memoryView = new DataView(exports.memory.buffer)
  const bytes = () => {
    if (memory.buffer !== exports.memory.buffer) {
      memory = new Uint8Array(exports.memory.buffer)
      memoryView = new DataView(exports.memory.buffer)
    }
    return memory
  }
  return {
    exports,
    bytes,
    view() {
      bytes()
      return memoryView
    },
    copy: (at, length) => bytes().slice(at >>> 0, (at >>> 0) + length),
    setHost: (other) => (reader = new PreimageReader(other)),
    missing: () => reader.missing,
  }
}

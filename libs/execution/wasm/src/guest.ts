import { ExecutionError } from './errors.js'

/** The builds of the guest: for blocks and calls, for traces, for fraud proofs. */
export type GuestBuild = 'node' | 'trace' | 'proof'

/** What the guest exports, pointers and u32 as numbers, u64 as bigint. */
export interface GuestExports {
  memory: WebAssembly.Memory
  alloc(size: number): number
  /** Top of the arena. */
  mark(): number
  blockContext(): number
  blockHeader(): number
  transactionResult(): number
  openBlock(parentRoot: number): void
  addTransaction(raw: number, length: number, sender: number): number
  lastTransaction(): number
  lastBloom(): number
  withdraw(index: bigint, validator: bigint, address: number, amount: bigint): void
  sealBlock(): number
  writtenNodes(): number
  changedAccounts(): number
  codes(): number
  openState(root: number): void
  setAccount(address: number, nonce: bigint, balance: number, code: number, codeLength: number): void
  setBalanceAndNonce(address: number, nonce: bigint, balance: number): void
  setCode(address: number, code: number, length: number): void
  setStorage(address: number, key: number, value: number): void
  wipeStorage(address: number): void
  rootOfWrites(writes: number, count: number, secure: number, out: number): void
  storageAt(address: number, key: number, out: number): void
  codeAt(address: number): number
  existsAt(address: number): number
  /** Refund counter, and what RETURNDATACOPY reads: for tracers. */
  refundCounter(): bigint
  returnData(): number
  returnDataSize(): number
  accountAt(address: number): number
  sealState(): void
  decode(raw: number, length: number, transaction: number): number
  /** Least gas limit of a decoded transaction, gas. */
  requiredGas(transaction: number): bigint
  /** Number and input of the precompile that the proof build asks for, for whoever records it. */
  precompileCall(): number
  precompileCallSize(): number
  /** The program of the proof build: batches of the inbox. */
  run(): void
  /** The proof build on one block that is given whole. */
  runBlock(): void
  executeTransaction(transaction: number, mode: number): number
}

/** A host function: pointers are signed as WebAssembly hands them over. */
export type HostFunction = (...args: number[]) => number | void

/** A hook of the trace build; i64 come as bigint. */
export type TraceHook = (...args: never[]) => void

/** An instance of the guest with access to its memory. */
export interface Guest {
  readonly exports: GuestExports
  /** All of the memory, valid until the guest runs again. */
  bytes(): Uint8Array
  view(): DataView
  /** A copy of some bytes. */
  copy(at: number, length: number): Uint8Array
  /** Puts bytes into the arena. */
  put(bytes: Uint8Array): number
}

/** An instance with these host functions; those that the build does not know are not needed. */
export function instantiate(
  module: WebAssembly.Module,
  host: Record<string, HostFunction>,
  hooks: Record<string, TraceHook> = {},
): Guest {
  const instance = new WebAssembly.Instance(module, { host: { ...host, ...hooks } })
  const exports = instance.exports as unknown as GuestExports
  let bytes = new Uint8Array(exports.memory.buffer)
  let view = new DataView(exports.memory.buffer)
  const refresh = () => {
    if (bytes.length !== 0 && bytes.buffer === exports.memory.buffer) return
    bytes = new Uint8Array(exports.memory.buffer)
    view = new DataView(exports.memory.buffer)
  }
  return {
    exports,
    bytes() {
      refresh()
      return bytes
    },
    view() {
      refresh()
      return view
    },
    copy(at, length) {
      refresh()
      return bytes.slice(at, at + length)
    },
    put(data) {
      const at = exports.alloc(data.length) >>> 0
      refresh()
      bytes.set(data, at)
      return at
    },
  }
}

const modules = new Map<GuestBuild, Promise<WebAssembly.Module>>()

/**
 * The compiled guest of this package, read once from `build/` next to the sources (Node) or fetched (browsers).
 * @throws EXECUTION_GUEST when it is not there: run `node scripts/buildGuest.mjs` in a checkout
 */
export function guestModule(build: GuestBuild): Promise<WebAssembly.Module> {
  let module = modules.get(build)
  if (module === undefined) {
    module = guestBinary(build).then((binary) => WebAssembly.compile(binary))
    modules.set(build, module)
    module.catch(() => modules.delete(build))
  }
  return module
}

/** The binary of a build; the keccak256 of the `proof` build is the program hash. */
export async function guestBinary(build: GuestBuild): Promise<Uint8Array> {
  const url = new URL(`../build/stf.${build}.wasm`, import.meta.url)
  try {
    if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer())
    const { readFile } = await import('node:fs/promises')
    try {
      return await readFile(url)
    } catch (error) {
      // A checkout that has not been built yet; published packages carry the binaries.
      const [{ execFile }, { promisify }, { fileURLToPath }] = await Promise.all([
        import('node:child_process'),
        import('node:util'),
        import('node:url'),
      ])
      const script = fileURLToPath(new URL('../scripts/buildGuest.mjs', import.meta.url))
      await promisify(execFile)(process.execPath, [script]).catch(() => Promise.reject(error))
      return await readFile(url)
    }
  } catch (cause) {
    throw new ExecutionError(`The guest's ${build} build cannot be read.`, 'EXECUTION_GUEST', {
      cause,
      metaMessages: ['In a checkout: node libs/execution/wasm/scripts/buildGuest.mjs'],
    })
  }
}

import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, type Hash } from './bytes.js'
import { KECCAK_RATE, keccakLayout, keccakModule } from './keccakModule.js'

/** Bytes that are taken in with one call of the module. */
const PIECE = KECCAK_RATE * Math.floor((keccakLayout.end - keccakLayout.input) / KECCAK_RATE)

interface KeccakExports {
  memory: { readonly buffer: ArrayBuffer }
  absorb(at: number, blocks: number): void
}

/** What of WebAssembly is used, under whatever host. */
interface Host {
  WebAssembly?: {
    Module: new (bytes: Uint8Array) => object
    Instance: new (module: object) => { exports: unknown }
  }
}

/** Several times as fast as JavaScript; undefined where WebAssembly may not be compiled. */
export function wasmKeccak(
  host: Host = globalThis as unknown as Host,
): ((data: Uint8Array) => Uint8Array) | undefined {
  const { WebAssembly } = host
  if (!WebAssembly) return undefined
  let exports: KeccakExports
  try {
    exports = new WebAssembly.Instance(new WebAssembly.Module(keccakModule())).exports as KeccakExports
  } catch {
    // A page's policy can forbid it.
    return undefined
  }
  const memory = new Uint8Array(exports.memory.buffer)
  return (data) => {
    memory.fill(0, keccakLayout.state, keccakLayout.state + 200)
    let at = 0
    for (; data.length - at >= PIECE; at += PIECE) {
      memory.set(data.subarray(at, at + PIECE), keccakLayout.input)
      exports.absorb(keccakLayout.input, PIECE / KECCAK_RATE)
    }
    const rest = data.length - at
    const blocks = Math.floor(rest / KECCAK_RATE) + 1
    const end = keccakLayout.input + blocks * KECCAK_RATE
    memory.set(at === 0 ? data : data.subarray(at), keccakLayout.input)
    memory.fill(0, keccakLayout.input + rest, end)
    memory[keccakLayout.input + rest]! ^= 0x01
    memory[end - 1]! ^= 0x80
    exports.absorb(keccakLayout.input, blocks)
    return memory.slice(keccakLayout.state, keccakLayout.state + 32)
  }
}

let fastest: ((data: Uint8Array) => Uint8Array) | undefined

/** Keccak-256 of bytes, 32 bytes. */
export function keccak256(data: Uint8Array): Uint8Array {
  fastest ??= wasmKeccak() ?? keccak_256
  return fastest(data)
}

/** Keccak-256 of bytes as hex. */
export function keccak256Hex(data: Uint8Array): Hash {
  return bytesToHex(keccak256(data))
}

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A compiled part of the guest with helpers that move bytes in and out of its memory. */
export interface Part {
  exports: Record<string, (...args: (number | bigint)[]) => number>
  /** Its buffer is another one after the memory has grown. */
  memory: { readonly buffer: ArrayBuffer }
  /** Copies bytes into the arena. */
  put(bytes: Uint8Array): number
  /** Reserves bytes in the arena. */
  reserve(length: number): number
  read(ptr: number, length: number): Uint8Array
  u32(ptr: number): number
}

const build = fileURLToPath(new URL('../scripts/buildGuest.mjs', import.meta.url))

/** Compiles `test/assembly/<name>.ts` as the node build does and instantiates it with the given host functions. */
export function compilePart(name: string, host: Record<string, (...args: number[]) => number> = {}): Part {
  const out = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const entry = fileURLToPath(new URL(`./assembly/${name}.ts`, import.meta.url))
    execFileSync(process.execPath, [build, '--only', 'node', '--entry', entry, '--out', out])
    const module = new WebAssembly.Module(readFileSync(join(out, 'stf.node.wasm')))
    const imports = Object.fromEntries(
      WebAssembly.Module.imports(module).map((i) => [i.name, host[i.name] ?? (() => 0)]),
    )
    const instance = new WebAssembly.Instance(module, { host: imports })
    const exports = instance.exports as unknown as Part['exports']
    const memory = instance.exports.memory as WebAssembly.Memory
    const reserve = (length: number) => exports.alloc!(length) >>> 0
    return {
      exports,
      memory,
      reserve,
      put(bytes) {
        const at = reserve(bytes.length)
        new Uint8Array(memory.buffer, at, bytes.length).set(bytes)
        return at
      },
      read: (ptr, length) => new Uint8Array(memory.buffer, ptr, length).slice(),
      u32: (ptr) => new DataView(memory.buffer).getUint32(ptr, true),
    }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** A small deterministic generator (mulberry32): the same bytes on every run. */
export function randomBytes(seed: number): (length: number) => Uint8Array {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  return (length) => Uint8Array.from({ length }, () => next() & 0xff)
}

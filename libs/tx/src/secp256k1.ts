import { secp256k1 as noble } from '@noble/curves/secp256k1.js'

/** ECDSA public key recovery. Returns the 64 bytes of the point (x ‖ y), or undefined when there is none. */
export interface Recovery {
  readonly id: 'native' | 'wasm' | 'js'
  /** `hash` and `signature` (r ‖ s) are 32 and 64 bytes, 0 < r, s < n has been checked, `parity` is 0 or 1. */
  recover(hash: Uint8Array, signature: Uint8Array, parity: number): Uint8Array | undefined
}

/** @noble/curves: audited, everywhere, slow. */
export const jsRecovery: Recovery = {
  id: 'js',
  recover(hash, signature, parity) {
    const recovered = new Uint8Array(65)
    recovered[0] = parity
    recovered.set(signature, 1)
    try {
      const point = noble.recoverPublicKey(recovered, hash, { prehash: false })
      return noble.Point.fromBytes(point).toBytes(false).subarray(1)
    } catch {
      return undefined
    }
  },
}

type Require = (id: string) => unknown

/** `require` of this module under Node, undefined in browsers, without an import that a bundler for browsers would stumble over. */
export function nodeRequire(): (Require & { resolve(id: string): string }) | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const builtin = host?.getBuiltinModule?.('node:module') as typeof import('node:module') | undefined
  return builtin?.createRequire(import.meta.url) as (Require & { resolve(id: string): string }) | undefined
}

/** libsecp256k1 as a native addon (`secp256k1`, an optional dependency); undefined where it was not built. */
export function nativeRecovery(require = nodeRequire()): Recovery | undefined {
  try {
    // The addon itself: the package's entry point would fall back to another JavaScript implementation in silence.
    const addon = require?.('secp256k1/bindings') as
      | {
          ecdsaRecover(
            signature: Uint8Array,
            parity: number,
            hash: Uint8Array,
            compressed: boolean,
          ): Uint8Array
        }
      | undefined
    if (!addon) return undefined
    return {
      id: 'native',
      recover(hash, signature, parity) {
        try {
          return addon.ecdsaRecover(signature, parity, hash, false).subarray(1)
        } catch {
          return undefined
        }
      },
    }
  } catch {
    return undefined
  }
}

/** libsecp256k1 as WebAssembly (`tiny-secp256k1`). */
export function wasmRecovery(require = nodeRequire()): Recovery | undefined {
  try {
    const wasm = require?.('tiny-secp256k1') as
      | {
          recover(
            hash: Uint8Array,
            signature: Uint8Array,
            parity: number,
            compressed: boolean,
          ): Uint8Array | null
        }
      | undefined
    if (!wasm) return undefined
    return {
      id: 'wasm',
      recover(hash, signature, parity) {
        try {
          return wasm.recover(hash, signature, parity, false)?.subarray(1)
        } catch {
          return undefined
        }
      },
    }
  } catch {
    return undefined
  }
}

let fastest: Recovery | undefined

/** The fastest of native, WebAssembly and JavaScript that loads here. Chosen once. */
export function recovery(): Recovery {
  fastest ??= nativeRecovery() ?? wasmRecovery() ?? jsRecovery
  return fastest
}

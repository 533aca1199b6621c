import type { VaultCrypto } from './cryptoPort.js'
import { PIECE_BYTES, TAG_BYTES } from './layout.js'

/**
 * Bytes for one call of the cipher: a fifth of a chunk. Node makes a new buffer for what each call gives; above this size the allocator asks the
 * system for pages each time and gives them back, which takes longer than the encryption. Below it, what a call costs by itself counts.
 */
const PIECE = 52_432

type NodeCrypto = typeof import('node:crypto')

/** Node's cryptography; undefined where the program does not run on Node. Named by its host, so that no bundler meets an import of it. */
export function nodeCrypto(): VaultCrypto | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const module = host?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  if (typeof module?.hash !== 'function') return undefined
  return backend(module)
}

const backend = (crypto: NodeCrypto): VaultCrypto => ({
  id: 'node',
  sha256: (bytes) => crypto.hash('sha256', bytes, 'buffer'),
  unitRoot: unitRoots(crypto),
  buffer: (length) => Buffer.allocUnsafeSlow(length),
  randomBytes: (length) => Uint8Array.from(crypto.randomBytes(length)),
  hkdf: (key, salt, info, length) => new Uint8Array(crypto.hkdfSync('sha256', key, salt, info, length)),
  cipher(bytes) {
    const key = crypto.createSecretKey(bytes)
    return {
      seal(nonce, header, plain, out) {
        const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce)
        cipher.setAAD(header)
        for (let at = 0; at < plain.length; at += PIECE)
          out.set(cipher.update(plain.subarray(at, at + PIECE)), at)
        cipher.final()
        out.set(cipher.getAuthTag(), plain.length)
      },
      open(nonce, header, sealed) {
        const length = sealed.length - TAG_BYTES
        if (length < 0) return undefined
        const decipher = crypto.createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        decipher.setAAD(header)
        decipher.setAuthTag(sealed.subarray(length))
        const out = new Uint8Array(length)
        for (let at = 0; at < length; at += PIECE)
          out.set(decipher.update(sealed.subarray(at, Math.min(at + PIECE, length))), at)
        try {
          decipher.final()
        } catch {
          return undefined
        }
        return out
      },
    }
  },
})

/**
 * Roots of units with hashes as texts of one byte a character: Node makes such a text in half the time of a buffer, and a unit has 129 hashes.
 */
function unitRoots(crypto: NodeCrypto): (unit: Uint8Array) => Uint8Array {
  const leaf = Buffer.alloc(1 + PIECE_BYTES)
  const node = Buffer.alloc(65)
  node[0] = 1
  const hash = (bytes: Uint8Array): string => crypto.hash('sha256', bytes, 'binary')
  const join = (left: string, right: string): string => {
    node.write(left, 1, 32, 'latin1')
    node.write(right, 33, 32, 'latin1')
    return hash(node)
  }
  return (unit) => {
    const hashes: string[] = []
    const heights: number[] = []
    for (let at = 0; at < unit.length; at += PIECE_BYTES) {
      const end = Math.min(at + PIECE_BYTES, unit.length)
      leaf.set(unit.subarray(at, end), 1)
      let top = hash(end - at === PIECE_BYTES ? leaf : leaf.subarray(0, 1 + end - at))
      let height = 0
      while (heights.at(-1) === height) {
        top = join(hashes.pop()!, top)
        heights.pop()
        height++
      }
      hashes.push(top)
      heights.push(height)
    }
    let root = hashes.pop() ?? hash(new Uint8Array(0))
    while (hashes.length > 0) root = join(hashes.pop()!, root)
    return Uint8Array.from(Buffer.from(root, 'latin1'))
  }
}

import type { Address, Hash } from '@animechain/core'
import { deploying, hex, push, pushAddress, store } from './code.js'
import { edge } from './edges.js'
import { operands as operandsOf, type Operands } from './operands.js'
import { precompileInput } from './precompileInput.js'
import type { Random } from './random.js'

const many = (ops: string) => ops.match(/../g)!

const two = many('010203040506070a0b10111213141617181a1b1c1d')
const environment = many('3032333436383a3d41424344454647484a58595a')
const calls = many('f1f1f2f4fafa')

function creation(operands: Operands, depth: number): string {
  const { random, targets, word } = operands
  const { below, rarely } = random
  const inner = program(random, targets, 2 + below(6), depth + 1)
  // Code that begins with 0xef cannot be deployed (EIP-3541).
  const init = below(3) ? deploying(rarely(16) ? `ef${inner}` : inner) : inner
  const range = `${push(BigInt(init.length / 2))}5f${below(3) ? '5f' : '6001'}`
  // The same salt again meets what is there already.
  const salt = below(2) ? push(BigInt(below(2))) : word()
  const made = store(init) + (below(2) ? `${range}f0` : `${salt}${range}f5`)
  // Sometimes what was made is called at once.
  return below(3) ? made : `${made}5f5f5f5f5f855af1`
}

function call(operands: Operands): string {
  const { random, targets, size, offset } = operands
  const { below, pick } = random
  const op = pick(calls)
  const gas = below(3) ? '5a' : push(BigInt(below(4) ? below(50_000) : 2300 + below(40)))
  const value = op === 'f1' || op === 'f2' ? (below(2) ? '5f' : push(BigInt(below(3)))) : ''
  const dropped = below(2) ? '50' : ''
  if (below(7) === 0) {
    const { address, input } = precompileInput(random)
    const inputLength = push(BigInt(below(8) ? input.length / 2 : below(400)))
    return `${store(input)}${size()}${offset()}${inputLength}5f${value}${push(BigInt(address))}${gas}${op}${dropped}`
  }
  return `${size()}${offset()}${size()}${offset()}${value}${pushAddress(pick(targets))}${gas}${op}${dropped}`
}

function topics({ random, word, size, offset }: Operands): string {
  const count = random.below(5)
  return Array.from({ length: count }, word).join('') + size() + offset() + hex(0xa0 + count)
}

/** A body some times over: a counter, JUMPDEST, the body, one less, back to JUMPDEST unless zero. */
function loop(operands: Operands, at: number): string {
  const { word, slot, offset } = operands
  const { below, pick } = operands.random
  const body = Array.from({ length: 1 + below(2) }, () =>
    pick([`${word()}${word()}${pick(two)}50`, `${word()}${slot()}55`, `${slot()}5450`, `${offset()}5150`]),
  ).join('')
  const start = push(BigInt(1 + below(10)))
  const destination = (at + start.length) / 2
  return `${start}5b${body}600190038061${destination.toString(16).padStart(4, '0')}5750`
}

/** Any DUP or SWAP, mostly with as much below as it needs; what then stands where goes into one word that is seen. */
function dupOrSwap(operands: Operands): string {
  const { random, sink, slot } = operands
  const { below, pick, rarely } = random
  const n = below(2) ? below(4) : below(16)
  const op = hex(pick([0x80, 0x90]) + n)
  if (rarely(4)) return op + sink()
  const items = Array.from({ length: n + 2 }, (_, i) => push(BigInt(i + 1))).join('')
  // Times 3 and the next one, down to the last.
  return `${items}${op}${'60030201'.repeat(n + 1)}${slot()}55`
}

/** One thing after another; `at` is the length of the code before it, in hex digits. */
function step(operands: Operands, depth: number, at: number): string {
  const { random, targets, word, offset, size, slot, sink } = operands
  const { below, pick, rarely } = random
  const kind = below(100)
  if (kind < 18) return word()
  if (kind < 38) return word() + word() + pick(two) + sink()
  if (kind < 42) return word() + word() + word() + pick(['08', '09']) + sink()
  if (kind < 46) return word() + pick(['15', '19', '1e']) + sink()
  if (kind < 50) return edge(operands, at)
  if (kind < 51) return `${push(BigInt(below(4)))}49${sink()}`
  if (kind < 55) return word() + offset() + pick(['52', '53'])
  if (kind < 57) return `${offset()}51`
  if (kind < 59) return `${size()}${offset()}20`
  if (kind < 64)
    return pick([
      `${slot()}54`,
      `${word()}${slot()}55`,
      `${slot()}5c${slot()}55`,
      `${word()}${slot()}5d`,
      `5f${slot()}55`,
    ])
  if (kind < 68) return pick(environment) + sink()
  if (kind < 71) return size() + offset() + offset() + pick(['37', '39', '5e'])
  if (kind < 73) return word() + pick(['35', '40', '49', '31', '3b', '3f']) + sink()
  if (kind < 75) return pushAddress(pick(targets)) + pick(['31', '3b', '3f'])
  if (kind < 76) return `${size()}${offset()}${offset()}${pushAddress(pick(targets))}3c`
  if (kind < 78) return topics(operands)
  if (kind < 81) return rarely(9) ? '50' : dupOrSwap(operands)
  // RETURNDATACOPY of all there is, or of what may not be there
  if (kind < 82) return below(4) ? '3d5f5f3e' : `${size()}${offset()}${offset()}3e`
  if (kind < 90) return call(operands)
  if (kind < 91) return loop(operands, at)
  if (kind < 93 && depth < 2) return creation(operands, depth)
  if (kind < 94) return below(4) ? word() : `${pushAddress(pick(targets))}ff`
  if (kind < 96)
    return pick(['5b', '5b', '00', `${size()}${offset()}f3`, `${size()}${offset()}fd`, hex(below(256))])
  // A conditional jump over what a pc-relative target says; mostly valid.
  return `${word()}58600501575b`
}

/**
 * Random code that does something: operands are pushed before most opcodes, offsets are mostly small, calls go to `targets` and to
 * precompiles with input that means something to them, init code is generated in turn, loops are short. Now and then it is nonsense.
 */
export function program(random: Random, targets: readonly Address[], length: number, depth = 0): string {
  const { below } = random
  const operands = operandsOf(random, targets)
  let code = ''
  for (let i = 0; i < length; i++) code += step(operands, depth, code.length)
  // What the stack and the memory hold is seen in a log.
  return below(3) ? `${code}${below(2) ? '5f52' : ''}${push(BigInt(below(200)))}5fa0` : code
}

/** Storage to begin with. */
export function storage(random: Random): Record<Hash, Hash> {
  const key = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
  return { [key(0)]: key(1), ...(random.below(2) ? { [key(1)]: key(5) } : {}) }
}

import type { Address, Hash } from '@animechain/core'
import { precompileInput } from './precompileInput.js'
import type { Random } from './random.js'

const hex = (op: number) => op.toString(16).padStart(2, '0')

/** The shortest push of a value. */
export function push(value: bigint): string {
  if (value === 0n) return '5f'
  const digits = value.toString(16)
  const even = digits.length % 2 ? `0${digits}` : digits
  return hex(0x5f + even.length / 2) + even
}

const pushAddress = (address: Address) => `73${address.slice(2)}`
const edgeLimbs = ['00000000', '00000001', '7fffffff', '80000000', 'fffffffe', 'ffffffff']
const many = (ops: string) => ops.match(/../g)!

const two = many('010203040506070a0b10111213141617181a1b1c1d')
const environment = many('3032333436383a3d41424344454647484a58595a')
const calls = many('f1f1f2f4fafa')

/** Code that writes bytes to memory from an offset on. */
export function store(bytes: string, at = 0): string {
  let code = ''
  for (let done = 0; done < bytes.length; done += 64)
    code += `7f${bytes.slice(done, done + 64).padEnd(64, '0')}${push(BigInt(at + done / 2))}52`
  return code
}

/** Init code that leaves this runtime code; both in hex without 0x. */
export function deploying(runtime: string): string {
  const length = (runtime.length / 2).toString(16).padStart(4, '0')
  // PUSH2 length DUP1 PUSH1 10 PUSH0 CODECOPY PUSH0 RETURN
  return `61${length}80600a5f395ff3${runtime}`
}

/**
 * Random code that does something: operands are pushed before most opcodes, offsets are mostly small, calls go to `targets` and to
 * precompiles with input that means something to them, init code is generated in turn, loops are short. Now and then it is nonsense.
 */
export function program(random: Random, targets: readonly Address[], length: number, depth = 0): string {
  const { below, pick, rarely } = random
  const word = (): string => {
    switch (below(10)) {
      case 0:
        return '5f'
      case 1:
        return push(BigInt(below(4)))
      case 2:
        return push(BigInt(below(256)))
      case 3:
        return push((1n << 256n) - 1n - BigInt(below(3)))
      case 4:
        return push(1n << BigInt(below(256)))
      case 5:
        return push((1n << BigInt(1 + below(255))) - 1n)
      case 6:
        return `7f${Array.from(random.bytes(32), hex).join('')}`
      case 7:
        return pushAddress(pick(targets))
      case 8:
        // What the transaction brought
        return `${push(BigInt(below(68)))}35`
      default:
        return push(BigInt(below(65_536)))
    }
  }
  const edgeWord = () => `7f${Array.from({ length: 8 }, () => pick(edgeLimbs)).join('')}`
  const offset = () =>
    rarely(40) ? word() : push(BigInt(below(12) ? below(96) : below(20) ? below(3000) : below(200_000)))
  const size = () => (rarely(8) ? '5f' : push(BigInt(below(10) ? below(70) : below(2000))))
  const slot = () => push(BigInt(below(4)))

  const creation = () => {
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
  const call = () => {
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
  const topics = () => {
    const count = below(5)
    return Array.from({ length: count }, word).join('') + size() + offset() + hex(0xa0 + count)
  }

  /** What becomes of a result: it stays on the stack, or goes where it is seen. */
  const sink = () => pick(['', '', `${slot()}55`, `${offset()}52`])

  let code = ''
  /** A body some times over: a counter, JUMPDEST, the body, one less, back to JUMPDEST unless zero. */
  const loop = () => {
    const body = Array.from({ length: 1 + below(2) }, () =>
      pick([`${word()}${word()}${pick(two)}50`, `${word()}${slot()}55`, `${slot()}5450`, `${offset()}5150`]),
    ).join('')
    const start = push(BigInt(1 + below(10)))
    const destination = (code.length + start.length) / 2
    return `${start}5b${body}600190038061${destination.toString(16).padStart(4, '0')}5750`
  }
  /** A loop that leaves an item behind each time, up to the limit of the stack or a little beyond. */
  const deepStack = () => {
    const start = push(BigInt(1022 - below(10)))
    const destination = (code.length + start.length) / 2
    const last = Array.from({ length: 2 + below(3) }, () => pick(['80', '8f', '5f', '59', '30', '6001']))
    return `${start}5b80600190038061${destination.toString(16).padStart(4, '0')}57${last.join('')}${below(2) ? '00' : ''}`
  }
  /** Any DUP or SWAP, mostly with as much below as it needs; what then stands where goes into one word that is seen. */
  const dupOrSwap = () => {
    const n = below(2) ? below(4) : below(16)
    const op = hex(pick([0x80, 0x90]) + n)
    if (rarely(4)) return op + sink()
    const items = Array.from({ length: n + 2 }, (_, i) => push(BigInt(i + 1))).join('')
    // Times 3 and the next one, down to the last.
    return `${items}${op}${'60030201'.repeat(n + 1)}${slot()}55`
  }
  /** A contract that does one thing only, which a static call may or may not allow, and is called so. */
  const inStaticCall = () => {
    const thing = pick([
      '5f5f5d',
      '60015f55',
      '5f5fa0',
      '5f5f5ff0',
      '5f5f5f5f60015f5af1',
      '5f5f5f5f60015f5af2',
      '30ff',
    ])
    const init = deploying(below(4) ? thing : pick(['5f5c', '5f54', '5f5f5f5f5f5f5af1', '5f5f5f5f5f5af4']))
    return `${store(init)}${push(BigInt(init.length / 2))}5f5ff05f5f5f5f845afa${slot()}55`
  }
  /** The same at one remove: a contract that is called statically with input calls itself without, and does its one thing then. */
  const belowStaticCall = () => {
    const thing = pick(['60015f55', '5f5f5d', '5f5fa0', '5f5f5ff0', '5f54'])
    const op = pick(['f1', 'f2', 'f4'])
    const value = op === 'f4' ? '' : '5f'
    const again = `5f5f5f5f${value}3061ffff${op}5f5260205ff3`
    // Without input: over the call, to the JUMPDEST behind it.
    const destination = push(BigInt(5 + again.length / 2))
    const init = deploying(`3615${destination}57${again}5b${thing}00`)
    const made = `${store(init)}${push(BigInt(init.length / 2))}5f5ff0`
    // One byte in, one word out, which is whether the inner call went well.
    return `${made}60205f60015f845afa5f5101${slot()}55`
  }
  /** One less than a multiple, where the estimated digit of a long division is one too large, or the multiple itself. */
  const nearMultiple = () => {
    const bytes = 17 + below(15)
    const divisor = BigInt(`0x${Array.from(random.bytes(bytes), hex).join('')}`)
    const quotient = BigInt(`0x${Array.from(random.bytes(32 - bytes), hex).join('')}`)
    const numerator = divisor * quotient - BigInt(below(2))
    const divide = (op: string) => `${push(divisor)}${push(numerator < 0n ? 0n : numerator)}${op}`
    return `${divide('04')}${divide('06')}18${sink()}`
  }
  /** A contract that keeps one thing it sees, and is called in each way. */
  const seenInCall = () => {
    const op = pick(['f1', 'f2', 'f4', 'fa'])
    // Who called, with what and where is what the four differ in.
    const sees = below(2)
      ? pick(['30', '33', '34'])
      : pick(['32', '3d', '36', '47', '5a', '58', '59', '5f5c', '5f54'])
    // It goes to storage or transient storage; what stands in both comes back.
    const init = deploying(`${sees}6003${pick(['55', '5d'])}60035460035c015f5260205ff3`)
    const value = op === 'f1' || op === 'f2' ? pick(['5f', '6001']) : ''
    const made = `${store(init)}${push(BigInt(init.length / 2))}5f5ff0`
    return `${made}60205f5f5f${value}${value ? '85' : '84'}5a${op}5f5101${slot()}55`
  }
  /** Bytes and bits are counted up to 31 and 255: what these instructions make of such counts, in one word. */
  const countsAtTheEnd = () => {
    const one = () => {
      const op = pick(['0b', '1a', '1b', '1c', '1d'])
      const bytes = op === '0b' || op === '1a'
      const count = pick(
        bytes ? [0, 1, 15, 29, 30, 31, 32] : [0, 1, 63, 64, 65, 128, 192, 254, 255, 256, 257],
      )
      return `${edgeWord()}${push(BigInt(count))}${op}18`
    }
    return `5f${Array.from({ length: 6 }, one).join('')}${slot()}55`
  }
  /** What stands at an edge and would hardly be met by chance. */
  const edge = () =>
    pick([
      // The hash of a block that is too old, too young or just in reach.
      () => `${push(BigInt(below(2) ? below(9) : 255 + below(3)))}430340`,
      // Limbs at their edges are what long division stumbles over.
      () => edgeWord() + edgeWord() + edgeWord() + pick(['04', '05', '06', '07', '08', '09']) + sink(),
      countsAtTheEnd,
      // The beneficiary is warm (EIP-3651).
      () => `41${pick(['31', '3b', '3f'])}`,
      // As much init code as there may be (EIP-3860), and a little more.
      () => `5f${push(BigInt(49_150 + below(5)))}5f5f${pick(['f0', 'f5'])}`,
      // SSTORE with 2,300 gas, a little less or more (EIP-2200): the callee may be nothing but that.
      () => `5f5f5f5f5f${pushAddress(targets[0]!)}${push(BigInt(2300 + below(8)))}f1`,
      // Return data up to its end, and a byte beyond.
      () => pick(['3d60015f3e', '60013d5f3e', '5f3d5f3e', '5f3d6001015f3e', '3d6001015f5f3e']),
      deepStack,
      nearMultiple,
      inStaticCall,
      belowStaticCall,
      seenInCall,
    ])()
  const step = (): string => {
    const kind = below(100)
    if (kind < 18) return word()
    if (kind < 38) return word() + word() + pick(two) + sink()
    if (kind < 42) return word() + word() + word() + pick(['08', '09']) + sink()
    if (kind < 46) return word() + pick(['15', '19', '1e']) + sink()
    if (kind < 50) return edge()
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
    if (kind < 78) return topics()
    if (kind < 81) return rarely(9) ? '50' : dupOrSwap()
    // RETURNDATACOPY of all there is, or of what may not be there
    if (kind < 82) return below(4) ? '3d5f5f3e' : `${size()}${offset()}${offset()}3e`
    if (kind < 90) return call()
    if (kind < 91) return loop()
    if (kind < 93 && depth < 2) return creation()
    if (kind < 94) return below(4) ? word() : `${pushAddress(pick(targets))}ff`
    if (kind < 96)
      return pick(['5b', '5b', '00', `${size()}${offset()}f3`, `${size()}${offset()}fd`, hex(below(256))])
    // A conditional jump over what a pc-relative target says; mostly valid.
    return `${word()}58600501575b`
  }
  for (let i = 0; i < length; i++) code += step()
  // What the stack and the memory hold is seen in a log.
  return below(3) ? `${code}${below(2) ? '5f52' : ''}${push(BigInt(below(200)))}5fa0` : code
}

/** Storage to begin with. */
export function storage(random: Random): Record<Hash, Hash> {
  const key = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
  return { [key(0)]: key(1), ...(random.below(2) ? { [key(1)]: key(5) } : {}) }
}

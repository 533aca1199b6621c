import { deploying, hex, push, pushAddress, store } from './code.js'
import type { Operands } from './operands.js'

// What would hardly be met by chance: code that stands at an edge of the rules.

/** A loop that leaves an item behind each time, up to the limit of the stack or a little beyond. */
function deepStack({ random }: Operands, at: number): string {
  const { below, pick } = random
  const start = push(BigInt(1022 - below(10)))
  const destination = (at + start.length) / 2
  const last = Array.from({ length: 2 + below(3) }, () => pick(['80', '8f', '5f', '59', '30', '6001']))
  return `${start}5b80600190038061${destination.toString(16).padStart(4, '0')}57${last.join('')}${below(2) ? '00' : ''}`
}

/** One less than a multiple, where the estimated digit of a long division is one too large, or the multiple itself. */
function nearMultiple({ random, sink }: Operands): string {
  const { below } = random
  const bytes = 17 + below(15)
  const divisor = BigInt(`0x${Array.from(random.bytes(bytes), hex).join('')}`)
  const quotient = BigInt(`0x${Array.from(random.bytes(32 - bytes), hex).join('')}`)
  const numerator = divisor * quotient - BigInt(below(2))
  const divide = (op: string) => `${push(divisor)}${push(numerator < 0n ? 0n : numerator)}${op}`
  return `${divide('04')}${divide('06')}18${sink()}`
}

/** A contract that does one thing only, which a static call may or may not allow, and is called so. */
function inStaticCall({ random, slot }: Operands): string {
  const { below, pick } = random
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
function belowStaticCall({ random, slot }: Operands): string {
  const { pick } = random
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

/** A contract that keeps one thing it sees, and is called in each way. */
function seenInCall({ random, slot }: Operands): string {
  const { below, pick } = random
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

/** A contract that is called with a wei and input, runs its own code again by one of the four calls, and gives the value that is seen there. */
function valueBelowCall({ random, slot }: Operands): string {
  const op = random.pick(['f1', 'f2', 'f4', 'f4'])
  const value = op === 'f4' ? '' : '5f'
  const again = `60205f5f5f${value}3061ffff${op}5060205ff3`
  // Without input: over the call, to the JUMPDEST behind it.
  const destination = push(BigInt(5 + again.length / 2))
  const init = deploying(`3615${destination}57${again}5b345f5260205ff3`)
  const made = `${store(init)}${push(BigInt(init.length / 2))}5f5ff0`
  return `${made}60205f60015f6001855af15f5101${slot()}55`
}

/** Keeps what stands in transient storage, and leaves something there: the next transaction must not find it (EIP-1153). */
function leftInTransient({ random, slot }: Operands): string {
  const key = push(BigInt(random.below(3)))
  return `${key}5c${slot()}5560${hex(1 + random.below(255))}${key}5d`
}

/** Bytes and bits are counted up to 31 and 255: what these instructions make of such counts, in one word. */
function countsAtTheEnd({ random, slot, edgeWord }: Operands): string {
  const { pick } = random
  const one = () => {
    const op = pick(['0b', '1a', '1b', '1c', '1d'])
    const bytes = op === '0b' || op === '1a'
    const count = pick(bytes ? [0, 1, 15, 29, 30, 31, 32] : [0, 1, 63, 64, 65, 128, 192, 254, 255, 256, 257])
    return `${edgeWord()}${push(BigInt(count))}${op}18`
  }
  return `5f${Array.from({ length: 6 }, one).join('')}${slot()}55`
}

/** What stands at an edge and would hardly be met by chance. */
export function edge(operands: Operands, at: number): string {
  const { random, targets, edgeWord, sink, slot } = operands
  const { below, pick } = random
  return pick([
    // The hash of a block that is too old, too young or just in reach.
    () => `${push(BigInt(below(3) ? 255 + below(3) : below(9)))}430340${slot()}55`,
    // Limbs at their edges are what long division stumbles over.
    () => edgeWord() + edgeWord() + edgeWord() + pick(['04', '05', '06', '07', '08', '09']) + sink(),
    () => countsAtTheEnd(operands),
    // The beneficiary is warm (EIP-3651).
    () => `41${pick(['31', '3b', '3f'])}`,
    // As much init code as there may be (EIP-3860), and a little more.
    () => `5f${push(BigInt(49_150 + below(5)))}5f5f${pick(['f0', 'f5'])}`,
    // SSTORE with 2,300 gas, a little less or more (EIP-2200): the callee may be nothing but that.
    () => `5f5f5f5f5f${pushAddress(targets[0]!)}${push(BigInt(2300 + below(8)))}f1`,
    // Return data up to its end, and a byte beyond.
    () => pick(['3d60015f3e', '60013d5f3e', '5f3d5f3e', '5f3d6001015f3e', '3d6001015f5f3e']),
    () => deepStack(operands, at),
    () => nearMultiple(operands),
    () => inStaticCall(operands),
    () => belowStaticCall(operands),
    () => seenInCall(operands),
    () => valueBelowCall(operands),
    () => leftInTransient(operands),
  ])()
}

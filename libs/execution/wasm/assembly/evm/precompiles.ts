// Precompiled contracts: gas is charged here, cheap ones run here, the rest runs in the host, as L1 runs it for the proof.

import * as u256 from '../u256'
import { blake2f } from '../crypto/blake2f'
import { ripemd160 } from '../crypto/ripemd160'
import { sha256 } from '../crypto/sha256'
import { precompile } from '../backend'
import { ensure, evmMemoryEnd } from '../memory'
import { OSAKA, P256_VERIFY, fork, isRollup } from './context'
import { setOutput } from './interpreter'
import { modexp } from './modexp'

// EIP-2537: discounts of multi-scalar multiplication for 1 to 128 pairs, in thousandths.
const G1_DISCOUNT: usize = memory.data<u16>([
  1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665, 661, 658,
  654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615, 613, 611, 609, 608,
  606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577,
  576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559, 558, 557, 556, 555,
  554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544, 543, 542, 541, 540, 540, 539, 538, 537, 536,
  536, 535, 534, 533, 532, 532, 531, 530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520,
  520, 519,
])
const G2_DISCOUNT: usize = memory.data<u16>([
  1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699, 693, 688,
  683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629, 627, 624, 622, 620,
  618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583,
  582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562, 561, 560, 559, 558,
  557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547, 546, 545, 545, 544, 543, 542, 541, 541, 540,
  539, 538, 537, 537, 536, 535, 535, 534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525,
  524, 524,
])

function msmGas(length: u32, pair: u32, single: u64, discounts: usize): i64 {
  if (length == 0 || length % pair != 0) return -1
  const k = length / pair
  const i = k > 128 ? 128 : k
  return <i64>((<u64>k * single * <u64>load<u16>(discounts + ((<usize>(i - 1)) << 1))) / 1000)
}

/** A 32-byte length field of MODEXP's input, capped; bytes beyond the input are zero. */
function lengthField(input: usize, length: u32, at: u32): u64 {
  let value: u64 = 0
  for (let i: u32 = 0; i < 32; i++) {
    const b: u64 = at + i < length ? <u64>load<u8>(input + <usize>(at + i)) : 0
    if (value >= 0x1_0000_0000) return 0x1_0000_0000
    value = (value << 8) | b
  }
  return value > 0x1_0000_0000 ? 0x1_0000_0000 : value
}

/** Lengths in MODEXP's input, set by modexpGas. */
let baseLen: u64 = 0
let expLen: u64 = 0
let modLen: u64 = 0

/** EIP-2565, from Osaka EIP-7883 with the bounds of EIP-7823. -1 when the input is not allowed. */
function modexpGas(input: usize, length: u32): i64 {
  baseLen = lengthField(input, length, 0)
  expLen = lengthField(input, length, 32)
  modLen = lengthField(input, length, 64)
  const osaka = fork() >= OSAKA
  if (osaka && (baseLen > 1024 || expLen > 1024 || modLen > 1024)) return -1
  // The highest bit of the first 32 bytes of the exponent.
  const headLen: u32 = expLen < 32 ? <u32>expLen : 32
  const start = 96 + baseLen
  let bits: u64 = 0
  for (let i: u32 = 0; i < headLen; i++) {
    const at = start + <u64>i
    const b: u32 = at < <u64>length ? <u32>load<u8>(input + <usize>at) : 0
    if (b) {
      bits = ((<u64>(headLen - i)) << 3) - <u64>(clz(b) - 24) - 1
      break
    }
  }
  const factor: u64 = osaka ? 16 : 8
  let iterations = bits + (expLen > 32 ? factor * (expLen - 32) : 0)
  if (iterations == 0) iterations = 1
  const longest = baseLen > modLen ? baseLen : modLen
  const w = (longest + 7) >> 3
  // Lengths are capped to 2^32: the product stays below 2^60 * 2^37, so it is compared before it is made.
  let complexity = w * w
  if (osaka) complexity = longest <= 32 ? 16 : 2 * w * w
  if (complexity != 0 && iterations > <u64>i64.MAX_VALUE / complexity) return i64.MAX_VALUE
  const gas = complexity * iterations
  if (osaka) return <i64>(gas < 500 ? 500 : gas)
  return <i64>(gas / 3 < 200 ? 200 : gas / 3)
}

function gasOf(n: u32, input: usize, length: u32): i64 {
  const words = (<i64>length + 31) >> 5
  switch (n) {
    case 1:
      return 3000
    case 2:
      return 60 + 12 * words
    case 3:
      return 600 + 120 * words
    case 4:
      return 15 + 3 * words
    case 5:
      return modexpGas(input, length)
    case 6:
      return 150
    case 7:
      return 6000
    case 8:
      return length % 192 ? -1 : 45000 + 34000 * <i64>(length / 192)
    case 9:
      return length == 213 ? <i64>bswap(load<u32>(input)) : -1
    case 10:
      return length == 192 ? 50000 : -1
    case 11:
      return length == 256 ? 375 : -1
    case 12:
      return msmGas(length, 160, 12000, G1_DISCOUNT)
    case 13:
      return length == 512 ? 600 : -1
    case 14:
      return msmGas(length, 288, 22500, G2_DISCOUNT)
    case 15:
      return length == 0 || length % 384 ? -1 : 37700 + 32600 * <i64>(length / 384)
    case 16:
      return length == 64 ? 5500 : -1
    case 17:
      return length == 128 ? 23800 : -1
    case P256_VERIFY:
      return 6900
    default:
      return -1
  }
}

/**
 * Bytes of input that precompile `n` takes on a rollup, so that L1 can run it within one transaction for a proof (docs/spec/execution.md,
 * "Precompiles"). Those that are not here look at a fixed number of bytes or run in the guest.
 */
function inputCap(n: u32): u32 {
  switch (n) {
    case 8:
      return 192 * 192
    case 12:
      return 256 * 160
    case 14:
      return 128 * 288
    case 15:
      return 96 * 384
    default:
      return u32.MAX_VALUE
  }
}

/** Hands no more to the host than the precompile looks at. */
function delegate(n: u32, input: usize, length: u32, out: usize): i32 {
  // A signature of another length is none (EIP-7951).
  if (n == P256_VERIFY && length != 160) return 0
  const seen: u32 = n == 1 || n == 6 ? 128 : n == 7 ? 96 : length
  return precompile(<i32>n, input, <i32>(length < seen ? length : seen), out)
}

/**
 * Runs precompile `n` and gives the gas that is left of `gas`, or -1 when it fails (and takes it all). The output is put at
 * `out`, free EVM memory, and announced with setOutput.
 */
export function runPrecompile(n: u32, input: usize, length: u32, gas: i64, out: usize): i64 {
  setOutput(out, 0)
  const cost = gasOf(n, input, length)
  if (cost < 0 || cost > gas) return -1
  if (isRollup() && length > inputCap(n)) return -1
  const space: u64 = n == 4 ? <u64>length : n == 5 ? modLen : 256
  if (<u64>out + space > <u64>evmMemoryEnd) return -1
  ensure(out + <usize>space)
  let size: i32 = 32
  switch (n) {
    case 2:
      sha256(input, length, out)
      break
    case 3:
      u256.set(out, 0)
      ripemd160(input, length, out + 12)
      break
    case 4:
      memory.copy(out, input, length)
      size = <i32>length
      break
    case 5:
      if (modLen) modexp(input, length, <u32>baseLen, <u32>expLen, <u32>modLen, out)
      size = <i32>modLen
      break
    case 9:
      if (!blake2f(input, out)) return -1
      size = 64
      break
    default:
      size = delegate(n, input, length, out)
  }
  if (size < 0) return -1
  setOutput(out, <usize>size)
  return gas - cost
}

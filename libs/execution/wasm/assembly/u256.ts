// 256-bit words in memory: four little-endian u64 limbs, least significant first. Every function takes pointers, allocates
// nothing, and allows its output to be one of its inputs.

/** Numerator (512 bits and a limb to spare), denominator, product and temporaries of the division. */
const NUM: usize = memory.data(80, 16)
const DEN: usize = memory.data(48, 16)
const TMP_A: usize = memory.data(32, 16)
const TMP_B: usize = memory.data(32, 16)
const TMP_Q: usize = memory.data(80, 16)

/** High 64 bits of the 128-bit product. */
// @ts-ignore: decorator
@inline
export function mulHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = b & 0xffffffff
  const b1 = b >> 32
  const t = a0 * b0
  const m = a1 * b0 + (t >> 32)
  const w = a0 * b1 + (m & 0xffffffff)
  return a1 * b1 + (m >> 32) + (w >> 32)
}

// @ts-ignore: decorator
@inline
export function copy(out: usize, a: usize): void {
  const l0 = load<u64>(a)
  const l1 = load<u64>(a, 8)
  const l2 = load<u64>(a, 16)
  const l3 = load<u64>(a, 24)
  store<u64>(out, l0)
  store<u64>(out, l1, 8)
  store<u64>(out, l2, 16)
  store<u64>(out, l3, 24)
}

/** Sets to a small number. */
// @ts-ignore: decorator
@inline
export function set(out: usize, value: u64): void {
  store<u64>(out, value)
  store<u64>(out, 0, 8)
  store<u64>(out, 0, 16)
  store<u64>(out, 0, 24)
}

// @ts-ignore: decorator
@inline
export function isZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

// @ts-ignore: decorator
@inline
export function equal(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  )
}

/** a < b, unsigned. */
// @ts-ignore: decorator
@inline
export function less(a: usize, b: usize): bool {
  let x = load<u64>(a, 24)
  let y = load<u64>(b, 24)
  if (x != y) return x < y
  x = load<u64>(a, 16)
  y = load<u64>(b, 16)
  if (x != y) return x < y
  x = load<u64>(a, 8)
  y = load<u64>(b, 8)
  if (x != y) return x < y
  return load<u64>(a) < load<u64>(b)
}

/** a < b, two's complement. */
// @ts-ignore: decorator
@inline
export function lessSigned(a: usize, b: usize): bool {
  const x = load<i64>(a, 24)
  const y = load<i64>(b, 24)
  if (x != y) return x < y
  return less(a, b)
}

/** Out = a + b; gives the carry. */
// @ts-ignore: decorator
@inline
export function add(out: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a)
  const s0 = a0 + load<u64>(b)
  let c: u64 = u64(s0 < a0)
  const a1 = load<u64>(a, 8)
  let s1 = a1 + load<u64>(b, 8)
  let d: u64 = u64(s1 < a1)
  s1 += c
  c = d | u64(s1 < c)
  const a2 = load<u64>(a, 16)
  let s2 = a2 + load<u64>(b, 16)
  d = u64(s2 < a2)
  s2 += c
  c = d | u64(s2 < c)
  const a3 = load<u64>(a, 24)
  let s3 = a3 + load<u64>(b, 24)
  d = u64(s3 < a3)
  s3 += c
  c = d | u64(s3 < c)
  store<u64>(out, s0)
  store<u64>(out, s1, 8)
  store<u64>(out, s2, 16)
  store<u64>(out, s3, 24)
  return c
}

/** Out = a - b; gives the borrow. */
// @ts-ignore: decorator
@inline
export function sub(out: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a)
  const b0 = load<u64>(b)
  const s0 = a0 - b0
  let c: u64 = u64(a0 < b0)
  const a1 = load<u64>(a, 8)
  const b1 = load<u64>(b, 8)
  const t1 = a1 - b1
  const s1 = t1 - c
  c = u64(a1 < b1) | u64(t1 < c)
  const a2 = load<u64>(a, 16)
  const b2 = load<u64>(b, 16)
  const t2 = a2 - b2
  const s2 = t2 - c
  c = u64(a2 < b2) | u64(t2 < c)
  const a3 = load<u64>(a, 24)
  const b3 = load<u64>(b, 24)
  const t3 = a3 - b3
  const s3 = t3 - c
  c = u64(a3 < b3) | u64(t3 < c)
  store<u64>(out, s0)
  store<u64>(out, s1, 8)
  store<u64>(out, s2, 16)
  store<u64>(out, s3, 24)
  return c
}

/** Out = -a. */
export function negate(out: usize, a: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const s0 = ~a0 + 1
  let c: u64 = u64(s0 == 0)
  const s1 = ~a1 + c
  c &= u64(s1 == 0)
  const s2 = ~a2 + c
  c &= u64(s2 == 0)
  const s3 = ~a3 + c
  store<u64>(out, s0)
  store<u64>(out, s1, 8)
  store<u64>(out, s2, 16)
  store<u64>(out, s3, 24)
}

/** Out = a * b mod 2^256. */
export function mul(out: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  const r0 = a0 * b0
  let r1 = mulHigh(a0, b0)
  if ((a1 | a2 | a3 | b1 | b2 | b3) == 0) {
    store<u64>(out, r0)
    store<u64>(out, r1, 8)
    store<u64>(out, 0, 16)
    store<u64>(out, 0, 24)
    return
  }
  // Column by column; r2 and r3 collect what the lower columns carry.
  let t = a0 * b1
  r1 += t
  let r2 = mulHigh(a0, b1) + u64(r1 < t)
  let r3: u64 = 0
  t = a1 * b0
  r1 += t
  t = mulHigh(a1, b0) + u64(r1 < t)
  r2 += t
  r3 = u64(r2 < t)
  t = a0 * b2
  r2 += t
  r3 += mulHigh(a0, b2) + u64(r2 < t)
  t = a1 * b1
  r2 += t
  r3 += mulHigh(a1, b1) + u64(r2 < t)
  t = a2 * b0
  r2 += t
  r3 += mulHigh(a2, b0) + u64(r2 < t)
  r3 += a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0
  store<u64>(out, r0)
  store<u64>(out, r1, 8)
  store<u64>(out, r2, 16)
  store<u64>(out, r3, 24)
}

/** All 512 bits of a * b into `out` (64 bytes, must not overlap the inputs). */
export function mulWide(out: usize, a: usize, b: usize): void {
  memory.fill(out, 0, 64)
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i)
    if (x) store<u64>(out + i, addProduct(out + i, b, 4, x), 32)
  }
}

/** Adds x times the `n` limbs at `b` to those at `out`; gives what goes beyond them. */
export function addProduct(out: usize, b: usize, n: i32, x: u64): u64 {
  let carry: u64 = 0
  const end = b + ((<usize>n) << 3)
  for (; b < end; b += 8, out += 8) {
    const y = load<u64>(b)
    const low = x * y
    const sum = low + carry
    const total = sum + load<u64>(out)
    carry = mulHigh(x, y) + u64(sum < low) + u64(total < sum)
    store<u64>(out, total)
  }
  return carry
}

/**
 * floor((2^128 - 1) / d) - 2^64 for a divisor whose top bit is set (Moeller and Granlund, "Improved division by invariant integers", 2011): the quotient of
 * ~d and 64 ones, in two steps of 32 bits (Knuth's algorithm D with two digits).
 */
function reciprocal(d: u64): u64 {
  const d1 = d >> 32
  const d0 = d & 0xffffffff
  let q1 = ~d / d1
  let r = ~d - q1 * d1
  while (q1 > 0xffffffff || q1 * d0 > ((r << 32) | 0xffffffff)) {
    q1--
    r += d1
    if (r > 0xffffffff) break
  }
  const rest = ((~d << 32) | 0xffffffff) - q1 * d
  let q0 = rest / d1
  r = rest - q0 * d1
  while (q0 > 0xffffffff || q0 * d0 > ((r << 32) | 0xffffffff)) {
    q0--
    r += d1
    if (r > 0xffffffff) break
  }
  return (q1 << 32) + q0
}

/** Quotient of `high` * 2^64 + `low` and d, whose top bit is set, for `high` below d (algorithm 4 there). The remainder is `low` - quotient * d. */
// @ts-ignore: decorator
@inline
function quotient(high: u64, low: u64, d: u64, inverse: u64): u64 {
  const q0 = inverse * high + low
  let q1 = mulHigh(inverse, high) + high + u64(q0 < low) + 1
  let r = low - q1 * d
  if (r > q0) {
    q1--
    r += d
  }
  return r >= d ? q1 + 1 : q1
}

/** Shifts `n` limbs up, by 1 to 63 bits; gives what goes beyond them. */
function shiftUp(a: usize, n: i32, bits: u64): u64 {
  let below: u64 = 0
  for (const end = a + ((<usize>n) << 3); a < end; a += 8) {
    const limb = load<u64>(a)
    store<u64>(a, (limb << bits) | below)
    below = limb >> (64 - bits)
  }
  return below
}

/** The quotient of `n` limbs and one of 32 bits, half a limb at a time: the machine divides 64 bits by 32 as fast as anything here multiplies. */
function divideBySmall(num: usize, n: i32, divisor: u64, quot: usize): void {
  let rem: u64 = 0
  for (let i = n - 1; i >= 0; i--) {
    const limb = load<u64>(num + ((<usize>i) << 3))
    let cur = (rem << 32) | (limb >> 32)
    const high = cur / divisor
    cur = ((cur - high * divisor) << 32) | (limb & 0xffffffff)
    const low = cur / divisor
    rem = cur - low * divisor
    if (quot) store<u64>(quot + ((<usize>i) << 3), (high << 32) | low)
  }
  store<u64>(num, rem)
}

/** Shifts `n` limbs down, by 1 to 63 bits; what comes in from above is the limb behind them. */
function shiftDown(a: usize, n: i32, bits: u64): void {
  for (const end = a + ((<usize>n) << 3); a < end; a += 8) {
    store<u64>(a, (load<u64>(a) >> bits) | (load<u64>(a, 8) << (64 - bits)))
  }
}

/** The quotient of `n` limbs and a limb of their spare one, both shifted up by `shift`, so that the top bit of the divisor is set. */
// @ts-ignore: decorator
@inline
function divideByLimb(num: usize, n: i32, divisor: u64, shift: u64, quot: usize): void {
  const inverse = reciprocal(divisor)
  let rem = load<u64>(num + ((<usize>n) << 3))
  for (let i = n - 1; i >= 0; i--) {
    const limb = load<u64>(num + ((<usize>i) << 3))
    const q = quotient(rem, limb, divisor, inverse)
    rem = limb - q * divisor
    if (quot) store<u64>(quot + ((<usize>i) << 3), q)
  }
  store<u64>(num, rem >> shift)
}

/**
 * A digit of the quotient, or one more: what `high`, at `top`, and `low` below it divided by the divisor's top limb v1 give, put right by the limb below each. `inverse`
 * is that of v1, which a `high` of 0 does not need.
 */
// @ts-ignore: decorator
@inline
function estimateDigit(top: usize, high: u64, low: u64, v1: u64, v2: u64, inverse: u64): u64 {
  let q: u64
  let r: u64
  if (high == 0) {
    q = 1
    r = low - v1
  } else if (high < v1) {
    q = quotient(high, low, v1, inverse)
    r = low - q * v1
  } else {
    q = u64.MAX_VALUE
    r = low + v1
    if (r < v1) return q
  }
  const third = load<u64>(top - 16)
  let productHigh = mulHigh(q, v2)
  let productLow = q * v2
  while (productHigh > r || (productHigh == r && productLow > third)) {
    q--
    productHigh -= u64(productLow < v2)
    productLow -= v2
    r += v1
    if (r < v1) break
  }
  return q
}

/** Takes q times the `d` limbs at `den` from the d + 1 limbs at `base`; true when that was too much, and they are 2^(64 * (d + 1)) too large. */
// @ts-ignore: decorator
@inline
function subtractProduct(base: usize, den: usize, d: i32, q: u64): bool {
  let carry: u64 = 0
  let borrow: u64 = 0
  const size = (<usize>d) << 3
  for (let off: usize = 0; off < size; off += 8) {
    const v = load<u64>(den + off)
    const product = q * v
    const p = product + carry
    carry = mulHigh(q, v) + u64(p < product)
    const u = load<u64>(base + off)
    const difference = u - p
    store<u64>(base + off, difference - borrow)
    borrow = u64(u < p) | u64(difference < borrow)
  }
  const high = load<u64>(base + size)
  const difference = high - carry
  store<u64>(base + size, difference - borrow)
  return high < carry || difference < borrow
}

/** Adds the `d` limbs at `den` to the d + 1 at `base`; what goes beyond them is dropped. */
function addBack(base: usize, den: usize, d: i32): void {
  let carry: u64 = 0
  for (const end = den + ((<usize>d) << 3); den < end; den += 8, base += 8) {
    const u = load<u64>(base)
    const sum = u + load<u64>(den)
    const total = sum + carry
    carry = u64(sum < u) | u64(total < sum)
    store<u64>(base, total)
  }
  store<u64>(base, load<u64>(base) + carry)
}

/**
 * Knuth's algorithm D over u64 limbs (The Art of Computer Programming, volume 2, 4.3.1). The quotient of `n` limbs at `num` by
 * the `d` limbs at `den` (top limb not zero) goes to `quot` (n - d + 1 limbs) unless that is 0; the remainder (d limbs) replaces
 * `num`, which needs one spare limb at its end. `den` is shifted in place.
 */
export function divideLimbs(num: usize, n: i32, den: usize, d: i32, quot: usize): void {
  const last = den + ((<usize>(d - 1)) << 3)
  if (d == 1 && load<u64>(den) <= 0xffffffff) return divideBySmall(num, n, load<u64>(den), quot)
  // Normalise: the top bit of the divisor becomes 1.
  const shift = clz(load<u64>(last))
  if (shift) shiftUp(den, d, shift)
  store<u64>(num + ((<usize>n) << 3), shift ? shiftUp(num, n, shift) : 0)
  const v1 = load<u64>(last)
  if (d == 1) return divideByLimb(num, n, v1, shift, quot)
  const v2 = load<u64>(last - 8)
  // Of v1, when a digit needs it; no inverse is 0.
  let inverse: u64 = 0
  for (let j = n - d; j >= 0; j--) {
    const base = num + ((<usize>j) << 3)
    const top = base + ((<usize>d) << 3)
    const high = load<u64>(top)
    const low = load<u64>(top - 8)
    let q: u64 = 0
    if (high != 0 || low >= v1) {
      if (inverse == 0 && high != 0) inverse = reciprocal(v1)
      q = estimateDigit(top, high, low, v1, v2, inverse)
      if (subtractProduct(base, den, d, q)) {
        q--
        addBack(base, den, d)
      }
    }
    if (quot) store<u64>(quot + ((<usize>j) << 3), q)
  }
  if (shift) shiftDown(num, d, shift)
}

/** Number of u64 limbs of the `n` at `a` without leading zeros. */
export function limbs(a: usize, n: i32): i32 {
  while (n > 0 && load<u64>(a + ((<usize>(n - 1)) << 3)) == 0) n--
  return n
}

/** Remainder of the `n` limbs prepared in NUM by `m` (not zero). */
function reduce(out: usize, n: i32, m: usize): void {
  copy(DEN, m)
  const d = limbs(DEN, 4)
  n = limbs(NUM, n)
  if (n >= d) {
    divideLimbs(NUM, n, DEN, d, 0)
    n = d
  }
  for (; n < 4; n++) store<u64>(NUM + ((<usize>n) << 3), 0)
  copy(out, NUM)
}

/** Out = a / b, 0 when b is 0. */
export function div(out: usize, a: usize, b: usize): void {
  if (
    (load<u64>(a, 8) |
      load<u64>(a, 16) |
      load<u64>(a, 24) |
      load<u64>(b, 8) |
      load<u64>(b, 16) |
      load<u64>(b, 24)) ==
    0
  ) {
    const y = load<u64>(b)
    set(out, y ? load<u64>(a) / y : 0)
    return
  }
  const d = limbs(b, 4)
  if (d == 0) return set(out, 0)
  copy(DEN, b)
  copy(NUM, a)
  const n = limbs(NUM, 4)
  set(TMP_Q, 0)
  if (n >= d) divideLimbs(NUM, n, DEN, d, TMP_Q)
  copy(out, TMP_Q)
}

/** Out = a mod b, 0 when b is 0. */
export function mod(out: usize, a: usize, b: usize): void {
  if (
    (load<u64>(a, 8) |
      load<u64>(a, 16) |
      load<u64>(a, 24) |
      load<u64>(b, 8) |
      load<u64>(b, 16) |
      load<u64>(b, 24)) ==
    0
  ) {
    const y = load<u64>(b)
    set(out, y ? load<u64>(a) % y : 0)
    return
  }
  if (isZero(b)) return set(out, 0)
  copy(NUM, a)
  reduce(out, 4, b)
}

export function sdiv(out: usize, a: usize, b: usize): void {
  const negA = load<i64>(a, 24) < 0
  const negB = load<i64>(b, 24) < 0
  if (negA) negate(TMP_A, a)
  else copy(TMP_A, a)
  if (negB) negate(TMP_B, b)
  else copy(TMP_B, b)
  div(out, TMP_A, TMP_B)
  if (negA != negB) negate(out, out)
}

/** The sign of the result is the sign of the dividend. */
export function smod(out: usize, a: usize, b: usize): void {
  const negA = load<i64>(a, 24) < 0
  if (negA) negate(TMP_A, a)
  else copy(TMP_A, a)
  if (load<i64>(b, 24) < 0) negate(TMP_B, b)
  else copy(TMP_B, b)
  mod(out, TMP_A, TMP_B)
  if (negA) negate(out, out)
}

export function addmod(out: usize, a: usize, b: usize, m: usize): void {
  if (isZero(m)) return set(out, 0)
  store<u64>(NUM, add(NUM, a, b), 32)
  reduce(out, 5, m)
}

export function mulmod(out: usize, a: usize, b: usize, m: usize): void {
  if (isZero(m)) return set(out, 0)
  mulWide(NUM, a, b)
  reduce(out, 8, m)
}

/** Number of bits, 0 for 0. */
export function bitLength(a: usize): i32 {
  for (let i = 3; i >= 0; i--) {
    const l = load<u64>(a + ((<usize>i) << 3))
    if (l) return (i << 6) + 64 - <i32>clz(l)
  }
  return 0
}

/** Number of bytes, 0 for 0. */
// @ts-ignore: decorator
@inline
export function byteLength(a: usize): i32 {
  return (bitLength(a) + 7) >> 3
}

/** Out = a ^ e mod 2^256. */
export function exp(out: usize, a: usize, e: usize): void {
  copy(TMP_A, a)
  copy(TMP_B, e)
  const bits = bitLength(TMP_B)
  set(out, 1)
  for (let i = bits - 1; i >= 0; i--) {
    mul(out, out, out)
    if ((load<u64>(TMP_B + (((<usize>i) >> 6) << 3)) >> (i & 63)) & 1) mul(out, out, TMP_A)
  }
}

/** Out = x sign-extended from byte `k` (0 is the least significant). */
export function signextend(out: usize, k: usize, x: usize): void {
  if ((load<u64>(k, 8) | load<u64>(k, 16) | load<u64>(k, 24)) != 0 || load<u64>(k) > 30) return copy(out, x)
  const bit = ((<u32>load<u64>(k)) << 3) + 7
  const limb = bit >> 6
  const keep = (bit & 63) + 1
  copy(out, x)
  const at = out + ((<usize>limb) << 3)
  const value = load<u64>(at)
  const extended = keep == 64 ? value : <u64>(((<i64>value) << (64 - keep)) >> (64 - keep))
  store<u64>(at, extended)
  const fill: u64 = <i64>extended < 0 ? u64.MAX_VALUE : 0
  for (let i = limb + 1; i < 4; i++) store<u64>(out + ((<usize>i) << 3), fill)
}

/** Out = byte `i` of x, 0 being the most significant. */
export function byte(out: usize, i: usize, x: usize): void {
  let r: u64 = 0
  if ((load<u64>(i, 8) | load<u64>(i, 16) | load<u64>(i, 24)) == 0) {
    const n = load<u64>(i)
    if (n < 32) r = <u64>load<u8>(x + 31 - <usize>n)
  }
  set(out, r)
}

/** Out = x << s. */
export function shl(out: usize, s: usize, x: usize): void {
  const n = load<u64>(s)
  if ((load<u64>(s, 8) | load<u64>(s, 16) | load<u64>(s, 24)) != 0 || n > 255) return set(out, 0)
  let l0 = load<u64>(x)
  let l1 = load<u64>(x, 8)
  let l2 = load<u64>(x, 16)
  let l3 = load<u64>(x, 24)
  if (n & 128) {
    l3 = l1
    l2 = l0
    l1 = 0
    l0 = 0
  }
  if (n & 64) {
    l3 = l2
    l2 = l1
    l1 = l0
    l0 = 0
  }
  const b = n & 63
  if (b) {
    const c = 64 - b
    l3 = (l3 << b) | (l2 >> c)
    l2 = (l2 << b) | (l1 >> c)
    l1 = (l1 << b) | (l0 >> c)
    l0 <<= b
  }
  store<u64>(out, l0)
  store<u64>(out, l1, 8)
  store<u64>(out, l2, 16)
  store<u64>(out, l3, 24)
}

/** Out = x >> s with `fill` (0 or all ones) moving in. */
// @ts-ignore: decorator
@inline
function shiftRight(out: usize, s: usize, x: usize, fill: u64): void {
  const n = load<u64>(s)
  let l0: u64 = fill
  let l1: u64 = fill
  let l2: u64 = fill
  let l3: u64 = fill
  if ((load<u64>(s, 8) | load<u64>(s, 16) | load<u64>(s, 24)) == 0 && n <= 255) {
    l0 = load<u64>(x)
    l1 = load<u64>(x, 8)
    l2 = load<u64>(x, 16)
    l3 = load<u64>(x, 24)
    if (n & 128) {
      l0 = l2
      l1 = l3
      l2 = fill
      l3 = fill
    }
    if (n & 64) {
      l0 = l1
      l1 = l2
      l2 = l3
      l3 = fill
    }
    const b = n & 63
    if (b) {
      const c = 64 - b
      l0 = (l0 >> b) | (l1 << c)
      l1 = (l1 >> b) | (l2 << c)
      l2 = (l2 >> b) | (l3 << c)
      l3 = (l3 >> b) | (fill << c)
    }
  }
  store<u64>(out, l0)
  store<u64>(out, l1, 8)
  store<u64>(out, l2, 16)
  store<u64>(out, l3, 24)
}

export function shr(out: usize, s: usize, x: usize): void {
  shiftRight(out, s, x, 0)
}

export function sar(out: usize, s: usize, x: usize): void {
  shiftRight(out, s, x, load<i64>(x, 24) < 0 ? u64.MAX_VALUE : 0)
}

/** Reads 32 big-endian bytes. */
// @ts-ignore: decorator
@inline
export function fromBytes(out: usize, bytes: usize): void {
  const l3 = bswap(load<u64>(bytes))
  const l2 = bswap(load<u64>(bytes, 8))
  const l1 = bswap(load<u64>(bytes, 16))
  const l0 = bswap(load<u64>(bytes, 24))
  store<u64>(out, l0)
  store<u64>(out, l1, 8)
  store<u64>(out, l2, 16)
  store<u64>(out, l3, 24)
}

/** Writes 32 big-endian bytes. */
// @ts-ignore: decorator
@inline
export function toBytes(bytes: usize, a: usize): void {
  const l3 = bswap(load<u64>(a, 24))
  const l2 = bswap(load<u64>(a, 16))
  const l1 = bswap(load<u64>(a, 8))
  const l0 = bswap(load<u64>(a))
  store<u64>(bytes, l3)
  store<u64>(bytes, l2, 8)
  store<u64>(bytes, l1, 16)
  store<u64>(bytes, l0, 24)
}

/** Reads a 20-byte address. */
// @ts-ignore: decorator
@inline
export function fromAddress(out: usize, address: usize): void {
  const l2 = bswap(load<u32>(address))
  const l1 = bswap(load<u64>(address, 4))
  const l0 = bswap(load<u64>(address, 12))
  store<u64>(out, l0)
  store<u64>(out, l1, 8)
  store<u64>(out, <u64>l2, 16)
  store<u64>(out, 0, 24)
}

/** Writes the low 20 bytes. */
// @ts-ignore: decorator
@inline
export function toAddress(address: usize, a: usize): void {
  const l2 = bswap(load<u32>(a, 16))
  const l1 = bswap(load<u64>(a, 8))
  const l0 = bswap(load<u64>(a))
  store<u32>(address, l2)
  store<u64>(address, l1, 4)
  store<u64>(address, l0, 12)
}

/** Out = a * small; gives the limb that overflows. */
export function mulSmall(out: usize, a: usize, small: u64): u64 {
  let carry: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i)
    const low = x * small
    const sum = low + carry
    carry = mulHigh(x, small) + u64(sum < low)
    store<u64>(out + i, sum)
  }
  return carry
}

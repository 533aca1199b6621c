// 256-bit words in memory: four little-endian u64 limbs, least significant first. Every function takes pointers, allocates
// nothing, and allows its output to be one of its inputs.

/** Numerator, denominator, product and temporaries of the division: 17, 8 and 16 u32 limbs. */
const NUM: usize = memory.data(80, 16)
const DEN: usize = memory.data(48, 16)
const PROD: usize = memory.data(64, 16)
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
  for (let i: usize = 0; i < 32; i += 4) {
    const x = <u64>load<u32>(a + i)
    if (x == 0) continue
    let carry: u64 = 0
    for (let j: usize = 0; j < 32; j += 4) {
      const at = out + i + j
      const t = x * <u64>load<u32>(b + j) + <u64>load<u32>(at) + carry
      store<u32>(at, <u32>t)
      carry = t >> 32
    }
    store<u32>(out + i + 32, <u32>carry)
  }
}

/**
 * Knuth's algorithm D over u32 limbs (The Art of Computer Programming, volume 2, 4.3.1). The quotient of `n` limbs at `num` by
 * the `d` limbs at `den` (top limb not zero) goes to `quot` (n - d + 1 limbs) unless that is 0; the remainder (d limbs) replaces
 * `num`, which needs one spare limb at its end. `den` is shifted in place.
 */
export function divideLimbs(num: usize, n: i32, den: usize, d: i32, quot: usize): void {
  if (d == 1) {
    const divisor = <u64>load<u32>(den)
    let rem: u64 = 0
    for (let i = n - 1; i >= 0; i--) {
      const at = num + (<usize>i << 2)
      const cur = (rem << 32) | <u64>load<u32>(at)
      const q = cur / divisor
      rem = cur - q * divisor
      if (quot) store<u32>(quot + (<usize>i << 2), <u32>q)
    }
    store<u32>(num, <u32>rem)
    return
  }
  // Normalise: the top bit of the divisor becomes 1.
  const shift = clz(load<u32>(den + (<usize>(d - 1) << 2)))
  if (shift) {
    for (let i = d - 1; i > 0; i--) {
      const at = den + (<usize>i << 2)
      store<u32>(at, (load<u32>(at) << shift) | (load<u32>(at - 4) >> (32 - shift)))
    }
    store<u32>(den, load<u32>(den) << shift)
    const last = num + (<usize>n << 2)
    store<u32>(last, load<u32>(last - 4) >> (32 - shift))
    for (let i = n - 1; i > 0; i--) {
      const at = num + (<usize>i << 2)
      store<u32>(at, (load<u32>(at) << shift) | (load<u32>(at - 4) >> (32 - shift)))
    }
    store<u32>(num, load<u32>(num) << shift)
  } else {
    store<u32>(num + (<usize>n << 2), 0)
  }
  const v1 = <u64>load<u32>(den + (<usize>(d - 1) << 2))
  const v2 = <u64>load<u32>(den + (<usize>(d - 2) << 2))
  for (let j = n - d; j >= 0; j--) {
    const top = num + (<usize>(j + d) << 2)
    const cur = (<u64>load<u32>(top) << 32) | <u64>load<u32>(top - 4)
    let q = cur / v1
    let r = cur - q * v1
    while (q >= 0x1_0000_0000 || q * v2 > ((r << 32) | <u64>load<u32>(top - 8))) {
      q--
      r += v1
      if (r >= 0x1_0000_0000) break
    }
    let borrow: i64 = 0
    let carry: u64 = 0
    const base = num + (<usize>j << 2)
    for (let i = 0; i < d; i++) {
      const off = <usize>i << 2
      const p = q * <u64>load<u32>(den + off) + carry
      carry = p >> 32
      const t = <i64>load<u32>(base + off) - borrow - <i64>(p & 0xffffffff)
      store<u32>(base + off, <u32>t)
      borrow = <i64>(t < 0)
    }
    const t = <i64>load<u32>(top) - borrow - <i64>carry
    store<u32>(top, <u32>t)
    if (t < 0) {
      q--
      let c: u64 = 0
      for (let i = 0; i < d; i++) {
        const off = <usize>i << 2
        const s = <u64>load<u32>(base + off) + <u64>load<u32>(den + off) + c
        store<u32>(base + off, <u32>s)
        c = s >> 32
      }
      store<u32>(top, load<u32>(top) + <u32>c)
    }
    if (quot) store<u32>(quot + (<usize>j << 2), <u32>q)
  }
  if (shift) {
    for (let i = 0; i < d; i++) {
      const at = num + (<usize>i << 2)
      store<u32>(at, (load<u32>(at) >> shift) | (load<u32>(at + 4) << (32 - shift)))
    }
  }
}

/** Number of u32 limbs of the `n` at `a` without leading zeros. */
export function limbs(a: usize, n: i32): i32 {
  while (n > 0 && load<u32>(a + (<usize>(n - 1) << 2)) == 0) n--
  return n
}

/** Remainder of the `n` limbs prepared in NUM by `m` (not zero). */
function reduce(out: usize, n: i32, m: usize): void {
  copy(DEN, m)
  const d = limbs(DEN, 8)
  n = limbs(NUM, n)
  if (n >= d) {
    divideLimbs(NUM, n, DEN, d, 0)
    n = d
  }
  const l = <usize>n << 2
  if (l < 32) memory.fill(NUM + l, 0, 32 - l)
  copy(out, NUM)
}

/** Out = a / b, 0 when b is 0. */
export function div(out: usize, a: usize, b: usize): void {
  if ((load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24) | load<u64>(b, 8) | load<u64>(b, 16) | load<u64>(b, 24)) == 0) {
    const y = load<u64>(b)
    set(out, y ? load<u64>(a) / y : 0)
    return
  }
  const d = limbs(b, 8)
  if (d == 0) return set(out, 0)
  copy(DEN, b)
  copy(NUM, a)
  const n = limbs(NUM, 8)
  set(TMP_Q, 0)
  if (n >= d) divideLimbs(NUM, n, DEN, d, TMP_Q)
  copy(out, TMP_Q)
}

/** Out = a mod b, 0 when b is 0. */
export function mod(out: usize, a: usize, b: usize): void {
  if ((load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24) | load<u64>(b, 8) | load<u64>(b, 16) | load<u64>(b, 24)) == 0) {
    const y = load<u64>(b)
    set(out, y ? load<u64>(a) % y : 0)
    return
  }
  if (isZero(b)) return set(out, 0)
  copy(NUM, a)
  reduce(out, 8, b)
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
  const carry = add(NUM, a, b)
  store<u32>(NUM, <u32>carry, 32)
  reduce(out, 9, m)
}

export function mulmod(out: usize, a: usize, b: usize, m: usize): void {
  if (isZero(m)) return set(out, 0)
  mulWide(PROD, a, b)
  memory.copy(NUM, PROD, 64)
  reduce(out, 16, m)
}

/** Number of bits, 0 for 0. */
export function bitLength(a: usize): i32 {
  for (let i = 3; i >= 0; i--) {
    const l = load<u64>(a + (<usize>i << 3))
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
    if ((load<u64>(TMP_B + ((<usize>i >> 6) << 3)) >> (i & 63)) & 1) mul(out, out, TMP_A)
  }
}

/** Out = x sign-extended from byte `k` (0 is the least significant). */
export function signextend(out: usize, k: usize, x: usize): void {
  if ((load<u64>(k, 8) | load<u64>(k, 16) | load<u64>(k, 24)) != 0 || load<u64>(k) > 30) return copy(out, x)
  const bit = (<u32>load<u64>(k) << 3) + 7
  const limb = bit >> 6
  const keep = (bit & 63) + 1
  copy(out, x)
  const at = out + (<usize>limb << 3)
  const value = load<u64>(at)
  const extended = keep == 64 ? value : <u64>((<i64>value << (64 - keep)) >> (64 - keep))
  store<u64>(at, extended)
  const fill: u64 = <i64>extended < 0 ? u64.MAX_VALUE : 0
  for (let i = limb + 1; i < 4; i++) store<u64>(out + (<usize>i << 3), fill)
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

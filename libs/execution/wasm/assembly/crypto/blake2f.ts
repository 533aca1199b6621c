// The compression function F of BLAKE2b (RFC 7693, 3.2) as EIP-152 exposes it: rounds (4 bytes, big-endian), h (64), m (128), t (16), f (1).

const V: usize = memory.data(128, 16)
const IV: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1,
  0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
])
const SIGMA: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
])

// @ts-ignore: decorator
@inline
function mix(a: usize, b: usize, c: usize, d: usize, m: usize, s: usize): void {
  let va = load<u64>(V + a)
  let vb = load<u64>(V + b)
  let vc = load<u64>(V + c)
  let vd = load<u64>(V + d)
  va += vb + load<u64>(m + ((<usize>load<u8>(s)) << 3))
  vd = rotr(vd ^ va, 32)
  vc += vd
  vb = rotr(vb ^ vc, 24)
  va += vb + load<u64>(m + ((<usize>load<u8>(s, 1)) << 3))
  vd = rotr(vd ^ va, 16)
  vc += vd
  vb = rotr(vb ^ vc, 63)
  store<u64>(V + a, va)
  store<u64>(V + b, vb)
  store<u64>(V + c, vc)
  store<u64>(V + d, vd)
}

/** Input of 213 bytes, output of 64; false when the last byte is neither 0 nor 1. `out` must not overlap the input. */
export function blake2f(ptr: usize, out: usize): bool {
  const final = load<u8>(ptr, 212)
  if (final > 1) return false
  const rounds = bswap(load<u32>(ptr))
  const h = ptr + 4
  const m = ptr + 68
  memory.copy(V, h, 64)
  memory.copy(V + 64, IV, 64)
  store<u64>(V, load<u64>(V, 96) ^ load<u64>(ptr, 196), 96)
  store<u64>(V, load<u64>(V, 104) ^ load<u64>(ptr, 204), 104)
  if (final) store<u64>(V, ~load<u64>(V, 112), 112)
  let s = SIGMA
  for (let i: u32 = 0; i < rounds; i++) {
    mix(0, 32, 64, 96, m, s)
    mix(8, 40, 72, 104, m, s + 2)
    mix(16, 48, 80, 112, m, s + 4)
    mix(24, 56, 88, 120, m, s + 6)
    mix(0, 40, 80, 120, m, s + 8)
    mix(8, 48, 88, 96, m, s + 10)
    mix(16, 56, 64, 104, m, s + 12)
    mix(24, 32, 72, 112, m, s + 14)
    s += 16
    if (s == SIGMA + 160) s = SIGMA
  }
  for (let i: usize = 0; i < 64; i += 8)
    store<u64>(out + i, load<u64>(h + i) ^ load<u64>(V + i) ^ load<u64>(V + 64 + i))
  return true
}

// SHA-256 (FIPS 180-4).

const STATE: usize = memory.data(32, 16)
const BUFFER: usize = memory.data(128, 16)
/** The message schedule W. */
const W: usize = memory.data(256, 16)
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])

function compress(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(W + i, bswap(load<u32>(block + i)))
  for (let i: usize = 64; i < 256; i += 4) {
    const x = load<u32>(W + i - 60)
    const y = load<u32>(W + i - 8)
    const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3)
    const s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >> 10)
    store<u32>(W + i, load<u32>(W + i - 64) + s0 + load<u32>(W + i - 28) + s1)
  }
  let a = load<u32>(STATE)
  let b = load<u32>(STATE, 4)
  let c = load<u32>(STATE, 8)
  let d = load<u32>(STATE, 12)
  let e = load<u32>(STATE, 16)
  let f = load<u32>(STATE, 20)
  let g = load<u32>(STATE, 24)
  let h = load<u32>(STATE, 28)
  for (let i: usize = 0; i < 256; i += 4) {
    const t1 =
      h +
      (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
      ((e & f) ^ (~e & g)) +
      load<u32>(K + i) +
      load<u32>(W + i)
    const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = d + t1
    d = c
    c = b
    b = a
    a = t1 + t2
  }
  store<u32>(STATE, load<u32>(STATE) + a)
  store<u32>(STATE, load<u32>(STATE, 4) + b, 4)
  store<u32>(STATE, load<u32>(STATE, 8) + c, 8)
  store<u32>(STATE, load<u32>(STATE, 12) + d, 12)
  store<u32>(STATE, load<u32>(STATE, 16) + e, 16)
  store<u32>(STATE, load<u32>(STATE, 20) + f, 20)
  store<u32>(STATE, load<u32>(STATE, 24) + g, 24)
  store<u32>(STATE, load<u32>(STATE, 28) + h, 28)
}

/** Writes the 32-byte hash of `len` bytes at `ptr` to `out`. */
export function sha256(ptr: usize, len: usize, out: usize): void {
  store<u32>(STATE, 0x6a09e667)
  store<u32>(STATE, 0xbb67ae85, 4)
  store<u32>(STATE, 0x3c6ef372, 8)
  store<u32>(STATE, 0xa54ff53a, 12)
  store<u32>(STATE, 0x510e527f, 16)
  store<u32>(STATE, 0x9b05688c, 20)
  store<u32>(STATE, 0x1f83d9ab, 24)
  store<u32>(STATE, 0x5be0cd19, 28)
  const bits = (<u64>len) << 3
  while (len >= 64) {
    compress(ptr)
    ptr += 64
    len -= 64
  }
  memory.copy(BUFFER, ptr, len)
  memory.fill(BUFFER + len, 0, 128 - len)
  store<u8>(BUFFER + len, 0x80)
  const end: usize = len < 56 ? 64 : 128
  store<u64>(BUFFER + end - 8, bswap(bits))
  compress(BUFFER)
  if (end == 128) compress(BUFFER + 64)
  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, bswap(load<u32>(STATE + i)))
}

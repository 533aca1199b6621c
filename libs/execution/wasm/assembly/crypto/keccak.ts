// Keccak-256 as Ethereum uses it (the padding of the original submission, 0x01). One permutation holds its 25 lanes in locals, so
// that the compiler keeps them in registers; lane x + 5 y of the specification is a(x + 5 y).
//
// Lanes 1, 2, 8, 12, 17 and 20 are held inverted ("lane complementing" of the Keccak implementation overview, 2.2): by De Morgan's
// laws chi then takes one inversion in a row where it would take five. Neither xor nor a rotation minds an inverted lane.

const BUFFER: usize = memory.data(136, 16)
/** Bytes absorbed by one permutation. */
const RATE: usize = 136
/** Round constants of iota (FIPS 202, 3.2.5). */
const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])

/** Puts the last block, the `len` bytes (less than RATE) at `ptr` with the padding, into BUFFER. */
function pad(ptr: usize, len: usize): void {
  const whole = len & ~7
  for (let i: usize = 0; i < whole; i += 8) store<u64>(BUFFER + i, load<u64>(ptr + i))
  let last: u64 = 1
  for (let i = len; i > whole;) last = (last << 8) | (<u64>load<u8>(ptr + --i))
  store<u64>(BUFFER + whole, last)
  for (let i = whole + 8; i < RATE; i += 8) store<u64>(BUFFER + i, 0)
  store<u8>(BUFFER, load<u8>(BUFFER, 135) | 0x80, 135)
}

/** Writes the 32-byte hash of `len` bytes at `ptr` to `out`, which may be anywhere, the input included. */
export function keccak256(ptr: usize, len: usize, out: usize): void {
  let a0: u64 = 0
  let a1: u64 = ~0
  let a2: u64 = ~0
  let a3: u64 = 0
  let a4: u64 = 0
  let a5: u64 = 0
  let a6: u64 = 0
  let a7: u64 = 0
  let a8: u64 = ~0
  let a9: u64 = 0
  let a10: u64 = 0
  let a11: u64 = 0
  let a12: u64 = ~0
  let a13: u64 = 0
  let a14: u64 = 0
  let a15: u64 = 0
  let a16: u64 = 0
  let a17: u64 = ~0
  let a18: u64 = 0
  let a19: u64 = 0
  let a20: u64 = ~0
  let a21: u64 = 0
  let a22: u64 = 0
  let a23: u64 = 0
  let a24: u64 = 0
  for (let isLast = false; !isLast; ptr += RATE, len -= RATE) {
    isLast = len < RATE
    if (isLast) {
      pad(ptr, len)
      ptr = BUFFER
    }
    a0 ^= load<u64>(ptr, 0)
    a1 ^= load<u64>(ptr, 8)
    a2 ^= load<u64>(ptr, 16)
    a3 ^= load<u64>(ptr, 24)
    a4 ^= load<u64>(ptr, 32)
    a5 ^= load<u64>(ptr, 40)
    a6 ^= load<u64>(ptr, 48)
    a7 ^= load<u64>(ptr, 56)
    a8 ^= load<u64>(ptr, 64)
    a9 ^= load<u64>(ptr, 72)
    a10 ^= load<u64>(ptr, 80)
    a11 ^= load<u64>(ptr, 88)
    a12 ^= load<u64>(ptr, 96)
    a13 ^= load<u64>(ptr, 104)
    a14 ^= load<u64>(ptr, 112)
    a15 ^= load<u64>(ptr, 120)
    a16 ^= load<u64>(ptr, 128)
    for (let round: usize = 0; round < 192; round += 8) {
      const c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
      const c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
      const c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
      const c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
      const c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
      const d0 = c4 ^ rotl(c1, 1)
      const d1 = c0 ^ rotl(c2, 1)
      const d2 = c1 ^ rotl(c3, 1)
      const d3 = c2 ^ rotl(c4, 1)
      const d4 = c3 ^ rotl(c0, 1)
      const b0 = a0 ^ d0
      const b1 = rotl(a6 ^ d1, 44)
      const b2 = rotl(a12 ^ d2, 43)
      const b3 = rotl(a18 ^ d3, 21)
      const b4 = rotl(a24 ^ d4, 14)
      const b5 = rotl(a3 ^ d3, 28)
      const b6 = rotl(a9 ^ d4, 20)
      const b7 = rotl(a10 ^ d0, 3)
      const b8 = rotl(a16 ^ d1, 45)
      const b9 = rotl(a22 ^ d2, 61)
      const b10 = rotl(a1 ^ d1, 1)
      const b11 = rotl(a7 ^ d2, 6)
      const b12 = rotl(a13 ^ d3, 25)
      const b13 = rotl(a19 ^ d4, 8)
      const b14 = rotl(a20 ^ d0, 18)
      const b15 = rotl(a4 ^ d4, 27)
      const b16 = rotl(a5 ^ d0, 36)
      const b17 = rotl(a11 ^ d1, 10)
      const b18 = rotl(a17 ^ d2, 15)
      const b19 = rotl(a23 ^ d3, 56)
      const b20 = rotl(a2 ^ d2, 62)
      const b21 = rotl(a8 ^ d3, 55)
      const b22 = rotl(a14 ^ d4, 39)
      const b23 = rotl(a15 ^ d0, 41)
      const b24 = rotl(a21 ^ d1, 2)
      a0 = b0 ^ (b1 | b2) ^ load<u64>(ROUND_CONSTANTS + round)
      a1 = b1 ^ (~b2 | b3)
      a2 = b2 ^ (b3 & b4)
      a3 = b3 ^ (b4 | b0)
      a4 = b4 ^ (b0 & b1)
      a5 = b5 ^ (b6 | b7)
      a6 = b6 ^ (b7 & b8)
      a7 = b7 ^ (b8 | ~b9)
      a8 = b8 ^ (b9 | b5)
      a9 = b9 ^ (b5 & b6)
      a10 = b10 ^ (b11 | b12)
      a11 = b11 ^ (b12 & b13)
      a12 = b12 ^ (~b13 & b14)
      a13 = ~b13 ^ (b14 | b10)
      a14 = b14 ^ (b10 & b11)
      a15 = b15 ^ (b16 & b17)
      a16 = b16 ^ (b17 | b18)
      a17 = b17 ^ (~b18 | b19)
      a18 = ~b18 ^ (b19 & b15)
      a19 = b19 ^ (b15 | b16)
      a20 = b20 ^ (~b21 & b22)
      a21 = ~b21 ^ (b22 | b23)
      a22 = b22 ^ (b23 & b24)
      a23 = b23 ^ (b24 | b20)
      a24 = b24 ^ (b20 & b21)
    }
  }
  store<u64>(out, a0)
  store<u64>(out, ~a1, 8)
  store<u64>(out, ~a2, 16)
  store<u64>(out, a3, 24)
}

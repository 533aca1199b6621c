// RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996). Message words and rotations of the left and the right line:

const WORD_LEFT: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
  3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12, 1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
  4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
])
const WORD_RIGHT: usize = memory.data<u8>([
  5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
  15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13, 8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
  12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
])
const ROTATE_LEFT: usize = memory.data<u8>([
  11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8, 7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13,
  12, 11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5, 11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6,
  5, 12, 9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
])
const ROTATE_RIGHT: usize = memory.data<u8>([
  8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6, 9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13,
  11, 9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5, 15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5,
  15, 8, 8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
])
const CONSTANT_LEFT: usize = memory.data<u32>([0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e])
const CONSTANT_RIGHT: usize = memory.data<u32>([0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0])

const STATE: usize = memory.data(20, 16)
const BUFFER: usize = memory.data(128, 16)

/** The boolean function of the 16-step group `j`. */
// @ts-ignore: decorator
@inline
function choose(j: usize, x: u32, y: u32, z: u32): u32 {
  if (j == 0) return x ^ y ^ z
  if (j == 1) return (x & y) | (~x & z)
  if (j == 2) return (x | ~y) ^ z
  if (j == 3) return (x & z) | (y & ~z)
  return x ^ (y | ~z)
}

function compress(block: usize): void {
  let al = load<u32>(STATE)
  let bl = load<u32>(STATE, 4)
  let cl = load<u32>(STATE, 8)
  let dl = load<u32>(STATE, 12)
  let el = load<u32>(STATE, 16)
  let ar = al
  let br = bl
  let cr = cl
  let dr = dl
  let er = el
  for (let i: usize = 0; i < 80; i++) {
    const j = i >> 4
    let t =
      al +
      choose(j, bl, cl, dl) +
      load<u32>(block + ((<usize>load<u8>(WORD_LEFT + i)) << 2)) +
      load<u32>(CONSTANT_LEFT + (j << 2))
    t = rotl(t, <u32>load<u8>(ROTATE_LEFT + i)) + el
    al = el
    el = dl
    dl = rotl(cl, 10)
    cl = bl
    bl = t
    t =
      ar +
      choose(4 - j, br, cr, dr) +
      load<u32>(block + ((<usize>load<u8>(WORD_RIGHT + i)) << 2)) +
      load<u32>(CONSTANT_RIGHT + (j << 2))
    t = rotl(t, <u32>load<u8>(ROTATE_RIGHT + i)) + er
    ar = er
    er = dr
    dr = rotl(cr, 10)
    cr = br
    br = t
  }
  const t = load<u32>(STATE, 4) + cl + dr
  store<u32>(STATE, load<u32>(STATE, 8) + dl + er, 4)
  store<u32>(STATE, load<u32>(STATE, 12) + el + ar, 8)
  store<u32>(STATE, load<u32>(STATE, 16) + al + br, 12)
  store<u32>(STATE, load<u32>(STATE) + bl + cr, 16)
  store<u32>(STATE, t)
}

/** Writes the 20-byte hash of `len` bytes at `ptr` to `out`. */
export function ripemd160(ptr: usize, len: usize, out: usize): void {
  store<u32>(STATE, 0x67452301)
  store<u32>(STATE, 0xefcdab89, 4)
  store<u32>(STATE, 0x98badcfe, 8)
  store<u32>(STATE, 0x10325476, 12)
  store<u32>(STATE, 0xc3d2e1f0, 16)
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
  store<u64>(BUFFER + end - 8, bits)
  compress(BUFFER)
  if (end == 128) compress(BUFFER + 64)
  memory.copy(out, STATE, 20)
}

// The one MessagePack value that a batch's frame holds (docs/spec/codec.md, section 3): an array of byte strings in canonical form.

/**
 * Reads an array of exactly `count` byte strings from the `length` bytes at `at` and writes [pointer u32, length u32] for each to
 * `out`. False when the bytes are anything else: another form of the array, a header longer than needed, bytes left over.
 */
export function readByteStrings(at: usize, length: usize, count: u32, out: usize): bool {
  const end = at + length
  if (length < 3 || load<u8>(at) != 0xdc) return false
  if ((((<u32>load<u8>(at, 1)) << 8) | (<u32>load<u8>(at, 2))) != count) return false
  at += 3
  for (let i: u32 = 0; i < count; i++) {
    if (at >= end) return false
    const form = <u32>load<u8>(at++)
    if (form < 0xc4 || form > 0xc6) return false
    const width: u32 = (<u32>1) << (form - 0xc4)
    if (<usize>width > end - at) return false
    let size: u32 = 0
    for (let j: u32 = 0; j < width; j++) size = (size << 8) | (<u32>load<u8>(at++))
    // The shortest header that fits.
    if ((form == 0xc5 && size < 0x100) || (form == 0xc6 && size < 0x1_0000)) return false
    if (<usize>size > end - at) return false
    store<u32>(out, <u32>at)
    store<u32>(out, size, 4)
    out += 8
    at += <usize>size
  }
  return at == end
}

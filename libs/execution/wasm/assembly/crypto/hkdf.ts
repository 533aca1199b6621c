// HKDF-SHA256 (RFC 5869) of 64 bytes from keys and salts of 32 bytes.

import { sha256 } from './sha256'

/** Longest info, bytes. */
export const MAX_INFO: usize = 64

const MESSAGE: usize = memory.data(64 + 32 + 64 + 1, 16)
const OUTER: usize = memory.data(64 + 32, 16)
const PSEUDORANDOM: usize = memory.data(32, 16)

/** The key of 32 bytes, each with one byte added by XOR, and as many of that byte behind it as make a block. */
function padded(key: usize, byte: u8, out: usize): void {
  memory.fill(out + 32, byte, 32)
  for (let i: usize = 0; i < 32; i++) store<u8>(out + i, load<u8>(key + i) ^ byte)
}

/** HMAC (RFC 2104) with a key of 32 bytes over `length` bytes that stand at MESSAGE + 64. */
function hmac(key: usize, length: usize, out: usize): void {
  padded(key, 0x36, MESSAGE)
  sha256(MESSAGE, 64 + length, OUTER + 64)
  padded(key, 0x5c, OUTER)
  sha256(OUTER, 96, out)
}

/** Writes 64 bytes to `out`. `info` has at most MAX_INFO bytes. */
export function hkdf(key: usize, salt: usize, info: usize, infoLength: usize, out: usize): void {
  memory.copy(MESSAGE + 64, key, 32)
  hmac(salt, 32, PSEUDORANDOM)
  memory.copy(MESSAGE + 64, info, infoLength)
  store<u8>(MESSAGE + 64 + infoLength, 1)
  hmac(PSEUDORANDOM, infoLength + 1, out)
  memory.copy(MESSAGE + 64, out, 32)
  memory.copy(MESSAGE + 96, info, infoLength)
  store<u8>(MESSAGE + 96 + infoLength, 2)
  hmac(PSEUDORANDOM, 32 + infoLength + 1, out + 32)
}

import { bytesToHex, hexToBytes } from '@animechain/core'
import { rlpDecode, rlpEncode, uintToBytes, type RlpItem } from '@animechain/tx'
import type { EngineUnderTest } from './engines.js'
import { Mismatch, same, type TestFile } from './outcome.js'
import { toHex } from './state.js'

const utf8 = new TextEncoder()

/** RLPTests: values and their encodings; `VALID` and `INVALID` test the decoder alone. */
export function rlpTest(path: string, name: string, test: { in: unknown; out: string }): TestFile {
  const run = async () => {
    const encoded = hexToBytes(toHex(test.out))
    if (test.in === 'INVALID') {
      let decoded: RlpItem
      try {
        decoded = rlpDecode(encoded)
      } catch {
        return
      }
      throw new Mismatch('decoding', 'an error', JSON.stringify(decoded))
    }
    const decoded = rlpDecode(encoded)
    same('encoding of what was decoded', bytesToHex(rlpEncode(decoded)), bytesToHex(encoded))
    if (test.in !== 'VALID') same('encoding', bytesToHex(rlpEncode(toItem(test.in))), bytesToHex(encoded))
  }
  return { cases: [{ id: `${path}::${name}`, run }], skipped: {} }
}

function toItem(value: unknown): RlpItem {
  if (Array.isArray(value)) return value.map(toItem)
  if (typeof value === 'number') return uintToBytes(BigInt(value))
  if (typeof value === 'string')
    return value.startsWith('#') ? uintToBytes(BigInt(value.slice(1))) : utf8.encode(value)
  throw new Mismatch('input', 'a string, a number or a list', typeof value)
}

type TrieInput = readonly (readonly [string, string | null])[] | Record<string, string | null>

/** TrieTests: writes and the root that they lead to, in the order given or (`anyorder`) also in reverse. */
export function trieTest(
  path: string,
  name: string,
  test: { in: TrieInput; root: string },
  engine: EngineUnderTest,
): TestFile {
  const { trieRoot } = engine
  if (trieRoot === undefined) return { cases: [], skipped: { 'the engine shows no trie': 1 } }
  const secure = /secure/i.test(path)
  const run = async () => {
    const writes = (Array.isArray(test.in) ? test.in : Object.entries(test.in)).map(
      ([key, value]) =>
        [toBytes(key!), value === null || value === undefined ? undefined : toBytes(value)] as const,
    )
    same('root', await trieRoot(writes, secure), toHex(test.root))
    if (/anyorder/i.test(path))
      same('root in reverse order', await trieRoot(writes.toReversed(), secure), toHex(test.root))
  }
  return { cases: [{ id: `${path}::${name}`, run }], skipped: {} }
}

const toBytes = (text: string) => (text.startsWith('0x') ? hexToBytes(text) : utf8.encode(text))

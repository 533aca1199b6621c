import { concatBytes, hexToBytes } from '@animechain/core'
import { loadProgram, type Program } from '@animechain/proving-machine'
import type { TakenStep } from './compare.js'
import type { Readable } from './hostReads.js'
import { opcodeAt, replayedStep, replayerOf } from './lockstep.js'
import { op } from '@animechain/proving-machine'

// A program that does nothing but read: each input, each kind of preimage at its first words, its last one and beyond its end. No run of the proof program reads
// data in chunks, and few have a blob or a precompile's result.

const WORD = 32
const I32 = 0x7f
/** Where the words that are read go, and where the keys stand. */
const [OUT, KEYS] = [0, WORD]
const PAGE = 65_536

function unsigned(value: number): number[] {
  const out: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...out, left]
    out.push((left % 128) + 128)
  }
}

/** i32.const of an address or an offset, which are below 2^31. */
function constant(value: number): number[] {
  const out: number[] = [0x41]
  for (let left = value; ; left >>= 7) {
    if (left < 64) return [...out, left]
    out.push((left & 127) | 128)
  }
}

const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
const section = (id: number, items: readonly (readonly number[])[]): number[] => [
  id,
  ...sized([...unsigned(items.length), ...items.flat()]),
]
const name = (text: string): number[] => sized([...new TextEncoder().encode(text)])
const signature = (parameters: number, results: number): number[] => [
  0x60,
  ...sized(Array<number>(parameters).fill(I32)),
  ...sized(Array<number>(results).fill(I32)),
]
const imported = (text: string, type: number): number[] => [
  ...name('host'),
  ...name(text),
  0,
  ...unsigned(type),
]
/** Places of the imports among the functions. */
const [INPUT, PREIMAGE, OUTPUT] = [0, 1, 2]
const call = (index: number): number[] => [op.call, index]

/** Offsets at which data of a length is read. */
const offsetsOf = (length: number): number[] => {
  const last = Math.max(0, Math.ceil(length / WORD) - 1) * WORD
  return [...new Set([0, WORD, last, last + WORD])]
}

/** The program that reads all of it. */
export function readingProgram({ host, keys }: Readable): Program {
  const all = keys.flatMap((named, kind) => named.map((one) => ({ ...one, kind })))
  const body = [
    ...host.inputs.flatMap((_, i) => [...constant(i), ...constant(OUT), ...call(INPUT)]),
    ...all.flatMap(({ kind, length }, i) =>
      offsetsOf(length).flatMap((offset) => [
        ...[kind, KEYS + WORD * i, offset, OUT].flatMap(constant),
        ...call(PREIMAGE),
        op.drop,
      ]),
    ),
    ...constant(OUT),
    ...call(OUTPUT),
  ]
  const END = 0x0b
  const data = concatBytes(...all.map(({ key }) => hexToBytes(key)))
  const pages = 1 + Math.ceil((KEYS + data.length) / PAGE)
  const wasm = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [signature(0, 0), signature(2, 0), signature(4, 1), signature(1, 0)]),
    ...section(2, [imported('input', 1), imported('preimage', 2), imported('output', 3)]),
    ...section(3, [[0]]),
    ...section(5, [[0, ...unsigned(pages)]]),
    ...section(7, [[...name('run'), 0, 3]]),
    ...section(10, [sized([0, ...body, END])]),
    ...section(11, [[0, ...constant(KEYS), END, ...sized([...data])]]),
  ]
  return loadProgram(Uint8Array.from(wasm))
}

/** Every host read of its run. */
export async function* readingSteps(readable: Readable): AsyncGenerator<TakenStep> {
  const program = readingProgram(readable)
  const replayer = await replayerOf(program, readable.host)
  for (let position = 0n; replayer.end === undefined; position++) {
    replayer.seek(position)
    if (opcodeAt(program, replayer.registers.pc) >= op.input && replayer.end === undefined)
      yield replayedStep(replayer, readable.host, position)
  }
}

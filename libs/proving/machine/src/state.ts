import { bytesToHex, concatBytes, hexToBytes, keccak256, type Hash } from '@animechain/core'

/** What the state hash commits to (docs/spec/machine.md, section 3). */
export interface MachineState {
  /** 0 running, 1 halted, 2 trapped */
  status: number
  /** next instruction */
  pc: number
  /** slots in use */
  sp: number
  /** slot of the present frame word */
  fp: number
  /** size of the memory in pages of 64 KiB */
  pages: number
  codeRoot: Hash
  ramRoot: Hash
  /** {@link inputsHash} of the inputs */
  inputs: Hash
  /** the word that `output` took; zero before */
  output: Hash
}

/** What of a state is not a root of a tree or fixed for a run. */
export interface Registers {
  status: number
  pc: number
  sp: number
  fp: number
  pages: number
  output: Hash
}

/** 32 zero bytes */
export const ZERO_WORD: Hash = `0x${'0'.repeat(64)}`

/** An ASCII text of at most 32 characters, padded right with zeros to a word. */
export function tag(text: string): Uint8Array {
  const out = new Uint8Array(32)
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return out
}

/** An unsigned integer below 2^53 as a word. */
export function word(value: number): Uint8Array {
  const out = new Uint8Array(32)
  new DataView(out.buffer).setBigUint64(24, BigInt(value))
  return out
}

const STATE = tag('animechain state 1')
const MACHINE = tag('animechain machine 1')

/** Hash of a state, as the dispute game's commitments hold it. */
export function stateHash(state: MachineState): Hash {
  const { status, pc, sp, fp, pages } = state
  return bytesToHex(
    keccak256(
      concatBytes(
        STATE,
        ...[status, pc, sp, fp, pages].map(word),
        ...[state.codeRoot, state.ramRoot, state.inputs, state.output].map(hexToBytes),
      ),
    ),
  )
}

/** Hash of a program: of everything in it, by the roots and the size of the memory before the first step. */
export function programHash({
  codeRoot,
  ramRoot,
  pages,
}: Pick<MachineState, 'codeRoot' | 'ramRoot' | 'pages'>): Hash {
  return bytesToHex(keccak256(concatBytes(MACHINE, hexToBytes(codeRoot), hexToBytes(ramRoot), word(pages))))
}

/** Hash of the inputs of a run, words of 32 bytes. */
export function inputsHash(inputs: readonly Hash[]): Hash {
  return bytesToHex(keccak256(concatBytes(...inputs.map(hexToBytes))))
}

/** The state of a program before its first step. */
export function firstState(
  program: Pick<MachineState, 'codeRoot' | 'ramRoot' | 'pages'>,
  inputs: readonly Hash[],
): MachineState {
  const { codeRoot, ramRoot, pages } = program
  return {
    status: 0,
    pc: 0,
    sp: 0,
    fp: 0,
    pages,
    codeRoot,
    ramRoot,
    inputs: inputsHash(inputs),
    output: ZERO_WORD,
  }
}

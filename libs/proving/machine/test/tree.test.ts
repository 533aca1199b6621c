import { expect, test } from '@jest/globals'
import { bytesToHex, keccak256 } from '@animechain/core'
import {
  CodeTree,
  depthOf,
  hashNode,
  loadProgram,
  Machine,
  op,
  partOf,
  parts,
  RamTree,
  rootFrom,
  witness,
  type LeafSource,
} from '../src/index.js'
import { build, i32 } from './moduleBuilder.js'

const leafWith = (byte: number) => new Uint8Array(32).fill(byte)

/** Hash of a node, straight from the definition: down to every leaf that is not zero, and zero trees by their height. */
function hashOf(index: number, leaves: ReadonlyMap<number, Uint8Array>): Uint8Array {
  if (partOf(index)) return keccak256(leaves.get(index) ?? new Uint8Array(32))
  const below = [...leaves.keys()].some(
    (leaf) => leaf >>> Math.max(0, depthOf(leaf) - depthOf(index)) === index,
  )
  if (!below) {
    let height = 0
    while (!partOf(index * 2 ** height)) height++
    // Only where all leaves below are of one depth.
    const last = (index + 1) * 2 ** height - 1
    if (partOf(last) === partOf(index * 2 ** height)) {
      let zero = keccak256(new Uint8Array(32))
      for (let i = 0; i < height; i++) zero = hashNode(zero, zero)
      return zero
    }
  }
  return hashNode(hashOf(2 * index, leaves), hashOf(2 * index + 1, leaves))
}

test('the RAM tree has the root of its definition, and every leaf leads to it', () => {
  const { memory, slots, globals, table } = parts
  const leaves = new Map(
    [
      ...[memory.first, memory.first + 1, memory.first + 77, memory.first + memory.leaves - 1],
      ...[slots.first, slots.first + slots.leaves - 1, globals.first + 3],
      ...[globals.first + globals.leaves - 1, table.first, table.first + table.leaves - 1],
    ].map((index, i) => [index, leafWith(i + 1)] as const),
  )
  const tree = new RamTree()
  expect(bytesToHex(tree.root())).toBe(bytesToHex(hashOf(1, new Map())))
  const written = new Map<number, Uint8Array>()
  for (const [index, leaf] of leaves) {
    tree.write(index, leaf)
    written.set(index, leaf)
    expect(bytesToHex(tree.root())).toBe(bytesToHex(hashOf(1, written)))
  }
  for (const index of [...leaves.keys(), memory.first + 2, slots.first + 9, globals.first, table.first + 5]) {
    expect(tree.siblings(index).length).toBe(parts[partOf(index)!].depth)
    expect(bytesToHex(rootFrom(index, keccak256(tree.leaf(index)), tree.siblings(index)))).toBe(
      bytesToHex(tree.root()),
    )
  }
  tree.patch(memory.first + 77, 5, Uint8Array.of(9))
  written.set(memory.first + 77, leafWith(3).fill(9, 5, 6))
  expect(bytesToHex(tree.root())).toBe(bytesToHex(hashOf(1, written)))
  for (const none of [0, 1, 2, memory.first - 1, memory.first + memory.leaves, 0b1110 << 7])
    expect(() => tree.write(none, leafWith(1))).toThrow('expected the index of a leaf')
})

test('the code tree holds two instructions a leaf, and zeros after them', () => {
  const code = Uint8Array.from({ length: 7 * 32 }, (_, i) => i)
  const tree = new CodeTree(code)
  for (const leaf of [0, 3, 6, 7, 2 ** 19 - 1]) {
    const root = rootFrom(2 ** 19 + leaf, keccak256(tree.leaf(leaf)), tree.siblings(leaf))
    expect(bytesToHex(root)).toBe(bytesToHex(tree.root()))
  }
  expect(tree.leaf(6)).toEqual(code.slice(192))
  expect(tree.leaf(7)).toEqual(new Uint8Array(32))
  expect(tree.siblings(0).length).toBe(19)
})

test('a witness needs of its source only leaves and siblings of the state before the step', () => {
  const program = loadProgram(
    build({
      functions: [{ name: 'run', body: [...i32(0), ...i32(7), ...i32(40), 0xfc, 11, 0] }],
      memory: [1],
    }),
  )
  const machine = new Machine(program)
  machine.run(4)
  expect(program.code[16 * machine.registers.pc]).toBe(op.memory_fill)
  // What another machine that has stopped here would give: nothing that changes.
  const asked = new Set<number>()
  const frozen = new RamTree(machine.ram.leaves())
  const source: LeafSource = {
    leaf: (index) => (asked.add(index), frozen.leaf(index)),
    siblings: (index) => frozen.siblings(index),
  }
  const host = { inputs: [], preimage: () => undefined }
  expect(witness(machine.state(), program, source, host)).toEqual(machine.witness())
  expect(asked.size).toBe(2)
})

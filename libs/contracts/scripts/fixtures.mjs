// Writes test-sol/fixtures/withdrawals.json: the storage trie of a message passer with many withdrawals, made with
// @ethereumjs/mpt, an implementation independent of ours, and proofs out of it. Deterministic.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createMerkleProof, createMPT, MerklePatriciaTrie } from '@ethereumjs/mpt'
import { bytesToHex, concatHex, encodeAbiParameters, hexToBytes, keccak256, pad, toHex } from 'viem'

const word = (value) => pad(toHex(value), { size: 32 })
const hash = (text) => keccak256(toHex(text))
const target = '0x00000000000000000000000000000000c0de0001'

function withdrawalHash(w) {
  return keccak256(
    encodeAbiParameters(
      [
        { type: 'uint256' },
        { type: 'address' },
        { type: 'address' },
        { type: 'uint256' },
        { type: 'uint256' },
        { type: 'bytes' },
      ],
      [w.nonce, w.sender, w.target, w.value, w.gasLimit, w.data],
    ),
  )
}

const trie = new MerklePatriciaTrie()
const all = []
for (let i = 0; i < 300; i++) {
  const w = {
    nonce: (1n << 240n) + BigInt(i),
    sender: `0x${hash(`sender ${i}`).slice(26)}`,
    target,
    value: BigInt(i) * 10n ** 15n,
    gasLimit: 100_000n,
    data: i % 2 ? concatHex(['0xdeadbeef', word(i)]) : '0x',
  }
  const id = withdrawalHash(w)
  const slot = keccak256(concatHex([id, word(0)]))
  const path = hexToBytes(keccak256(slot))
  all.push({ ...w, id, path })
  await trie.put(path, Uint8Array.of(1))
}
// A counter as the real contract has it at slot 1; its value is not 1.
const counter = hexToBytes(keccak256(word(1)))
await trie.put(counter, Uint8Array.of(0x82, 0x01, 0x2c))

const root = bytesToHex(trie.root())
const output = { stateRoot: hash('state'), messagePasserStorageRoot: root, latestBlockhash: hash('block') }
const outputRoot = keccak256(concatHex([word(0), output.stateRoot, root, output.latestBlockhash]))
const proofOf = async (t, key) => (await createMerkleProof(t, key)).map((node) => bytesToHex(node))

const withdrawals = []
for (const i of [0, 1, 7, 42, 299]) {
  const { path, ...w } = all[i]
  withdrawals.push({ ...w, proof: await proofOf(trie, path) })
}

// Keys that share all but a few nibbles, so that nodes get shorter than a hash and stand inside their parents.
const embedded = await createMPT({})
const keys = [`0x${'ab'.repeat(31)}11`, `0x${'ab'.repeat(31)}12`, `0x${'ab'.repeat(31)}23`]
for (const [i, key] of keys.entries()) await embedded.put(hexToBytes(key), Uint8Array.of(i + 1))
const single = await createMPT({})
await single.put(hexToBytes(keys[0]), Uint8Array.of(1))

const fixture = {
  output: { ...output, root: outputRoot },
  withdrawals: withdrawals.map((w) => ({
    ...w,
    nonce: toHex(w.nonce),
    value: toHex(w.value),
    gasLimit: toHex(w.gasLimit),
  })),
  counter: { path: bytesToHex(counter), proof: await proofOf(trie, counter) },
  absent: { path: hash('absent'), proof: await proofOf(trie, hexToBytes(hash('absent'))) },
  embedded: {
    root: bytesToHex(embedded.root()),
    keys,
    proof0: await proofOf(embedded, hexToBytes(keys[0])),
    proof1: await proofOf(embedded, hexToBytes(keys[1])),
    proof2: await proofOf(embedded, hexToBytes(keys[2])),
  },
  single: {
    root: bytesToHex(single.root()),
    key: keys[0],
    proof: await proofOf(single, hexToBytes(keys[0])),
  },
}
writeFileSync(
  fileURLToPath(new URL('../test-sol/fixtures/withdrawals.json', import.meta.url)),
  `${JSON.stringify(fixture, null, 1)}\n`,
)

import { bytesToHex, hexToBytes } from '@animechain/core'
import { rlpDecode, uintToBytes } from '@animechain/tx'
import fc from 'fast-check'
import { deepEqual, equal, notEqual } from '../assert.js'
import type { Promises } from '../runner.js'
import { verifyTrieProof } from './trieProof.js'
import { EMPTY_CODE, EMPTY_ROOT, STRANGER, account, alice, contracts, slot, type World } from './world.js'

/** What Merkle proofs promise. */
export const proofs: Promises<World> = {
  'hold against the state root, for what is there and for what is not': async (world) => {
    const raws = Array.from({ length: 20 }, (_, i) =>
      alice.sign({ nonce: BigInt(i), to: account(100 + i).address, value: 1n }),
    )
    const block = await world.block(world.genesis, [
      ...raws,
      alice.sign({ nonce: 20n, to: contracts.caller.address }),
    ])
    const reader = world.engine.stateAt(block.header)
    for (const address of [alice.address, contracts.caller.address, account(105).address, STRANGER]) {
      const proof = await reader.getProof(address, [slot(0), slot(1)])
      const known = await reader.getAccount(address)
      const value = verifyTrieProof(block.header.stateRoot, hexToBytes(address), proof.accountProof)
      equal(value !== undefined, known !== undefined)
      equal(proof.address, address)
      equal(proof.balance, known?.balance ?? 0n)
      equal(proof.nonce, known?.nonce ?? 0n)
      equal(proof.codeHash, known?.codeHash ?? EMPTY_CODE)
      equal(proof.storageRoot, known?.storageRoot ?? EMPTY_ROOT)
      if (value !== undefined)
        deepEqual(
          (rlpDecode(value) as Uint8Array[]).map(bytesToHex),
          [uintToBytes(proof.balance), uintToBytes(proof.nonce)]
            .toReversed()
            .map(bytesToHex)
            .concat([proof.storageRoot, proof.codeHash]),
        )
      for (const [i, entry] of proof.storageProof.entries()) {
        equal(entry.key, slot(i))
        equal(entry.value, BigInt(await reader.getStorage(address, slot(i))))
        const stored = known
          ? verifyTrieProof(proof.storageRoot, hexToBytes(slot(i)), entry.proof)
          : undefined
        equal(stored === undefined ? 0n : BigInt(bytesToHex(rlpDecode(stored) as Uint8Array)), entry.value)
      }
    }
    equal(
      (await reader.getProof(contracts.caller.address, [slot(1)])).storageProof[0]!.value,
      BigInt(world.genesis.hash),
    )
  },

  'do not hold after any change to them': async (world) => {
    const { accountProof } = await world.engine.stateAt(world.genesis).getProof(alice.address, [])
    const verify = (proof: readonly `0x${string}`[]) =>
      verifyTrieProof(world.genesis.stateRoot, hexToBytes(alice.address), proof)
    const honest = bytesToHex(verify(accountProof)!)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(accountProof.length - 1),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (node, place, flip) => {
          const changed = accountProof.map((hex, i) => {
            if (i !== node) return hex
            const bytes = hexToBytes(hex)
            bytes[place % bytes.length]! ^= flip
            return bytesToHex(bytes)
          })
          let value: string | undefined
          try {
            value = bytesToHex(verify(changed)!)
          } catch {
            return
          }
          notEqual(value, honest)
        },
      ),
      { numRuns: 200, seed: 2 },
    )
    for (const broken of [
      accountProof.slice(1),
      accountProof.slice(0, -1),
      [...accountProof, accountProof[0]!],
    ]) {
      let held = true
      try {
        verify(broken)
      } catch {
        held = false
      }
      equal(held, false)
    }
  },
}

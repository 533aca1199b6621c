import { concatBytes, hexToBytes, type Hash, type KeyValueStore, type ProofInputs } from '@animechain/core'
import { decodeProofInputs, encodeProofInputs } from './proofInputs.js'

/** Everything of this package stands under one prefix, so that a store may be shared. */
const PREFIX = new TextEncoder().encode('dispute/')
const kinds = { inputs: 0, leaves: 1 } as const

/** Which block, in which tournament: the tournament's id and the hash of the program's inputs. */
export interface BlockKey {
  readonly tournament: Hash
  readonly inputs: Hash
}

function keyOf({ tournament, inputs }: BlockKey, kind: keyof typeof kinds, span = 0): Uint8Array {
  const place = new Uint8Array(5)
  place[0] = kinds[kind]
  new DataView(place.buffer).setUint32(1, span)
  return concatBytes(PREFIX, hexToBytes(tournament), hexToBytes(inputs), place)
}

/**
 * What disputes need again after this process was killed. The proof inputs are what matters: a node may have pruned what they were made of. Leaves of commitments
 * are there to save time only.
 */
export class DisputeStore {
  readonly #store: Pick<KeyValueStore, 'get' | 'batch' | 'iterate'>

  constructor(store: Pick<KeyValueStore, 'get' | 'batch' | 'iterate'>) {
    this.#store = store
  }

  /** @throws {InteractiveError} `PROVING_STORE` when they are damaged */
  inputs(block: BlockKey): ProofInputs | undefined {
    const bytes = this.#store.get(keyOf(block, 'inputs'))
    return bytes && decodeProofInputs(bytes)
  }

  /** They are on disk when it resolves. */
  async keepInputs(block: BlockKey, inputs: ProofInputs): Promise<void> {
    await this.#put(keyOf(block, 'inputs'), encodeProofInputs(inputs), true)
  }

  /** Leaves of the steps of a span, joined. */
  leaves(block: BlockKey, span: number): Uint8Array | undefined {
    return this.#store.get(keyOf(block, 'leaves', span))
  }

  async keepLeaves(block: BlockKey, span: number, leaves: Uint8Array): Promise<void> {
    await this.#put(keyOf(block, 'leaves', span), leaves, false)
  }

  /** Drops all that belongs to a tournament. */
  async drop(tournament: Hash): Promise<void> {
    const gte = concatBytes(PREFIX, hexToBytes(tournament))
    const lt = concatBytes(gte, new Uint8Array(32 + 5).fill(0xff), Uint8Array.of(0))
    const old: Uint8Array[] = []
    for (const [key] of this.#store.iterate({ gte, lt })) old.push(key.slice())
    if (old.length > 0) await this.#store.batch(old.map((key) => ({ type: 'delete', key })))
  }

  #put(key: Uint8Array, value: Uint8Array, durable: boolean): Promise<void> {
    return this.#store.batch([{ type: 'put', key, value }], { durable })
  }
}

import { steadyTime, type Hash } from '@animechain/core'
import { SEALED_CHUNK_BYTES, layoutOf } from '@animechain/vault-format'
import {
  signerOf,
  type Acknowledgement,
  type BlobBody,
  type BlobDescriptor,
  type Signed,
} from '@animechain/vault-protocol'
import { linkedSignal, type Member, type Shared } from './members.js'
import type { Answer, PartAnswer } from './nodeClient.js'

/** Units of a part: 1 MiB. One part is on its way while the next one fills. */
const PART_BYTES = 4 * SEALED_CHUNK_BYTES
/** Attempts without one byte more. */
const ATTEMPTS = 10
const SHORTEST_WAIT = 100
const LONGEST_WAIT = 2_000

/** What is put: the same for all shards. */
export interface Upload {
  blob: Hash
  descriptor: BlobDescriptor
  /** roots of all units */
  unitRoots: Uint8Array
  body: BlobBody
}

/** How the upload of a shard stands. */
export type ShardState =
  | { status: 'running' }
  /** synced at its node */
  | { status: 'complete'; acknowledgement: Signed<Acknowledgement> }
  /** the node is without bytes that went by already: another pass brings them */
  | { status: 'behind' }
  | { status: 'failed'; why: string; isFinal: boolean }

/**
 * The upload of one shard in one pass over the sealed bytes. Bytes that the node has are left out; a cut is followed by the question how
 * far it came.
 */
export class ShardUpload {
  state: ShardState = { status: 'running' }
  readonly total: number
  /** bytes that the node has */
  offset = 0
  /** milliseconds that the bytes of this shard waited for */
  held = 0
  private position = 0
  private part: Uint8Array | undefined
  /** a part that the node has: its buffer takes the next one */
  private spare: Uint8Array | undefined
  private filled = 0
  private sending: Promise<void> = Promise.resolve()
  private readonly halt: ReturnType<typeof linkedSignal>

  constructor(
    private readonly shared: Shared,
    private readonly member: Member,
    readonly shard: number,
    private readonly upload: Upload,
    signal?: AbortSignal,
  ) {
    this.halt = linkedSignal(signal)
    this.total = layoutOf(upload.descriptor.length).shardLength(shard)
  }

  /** Tells the node what comes, and asks how much of it is there. Never throws but when it is aborted. */
  async begin(): Promise<void> {
    const { client } = this.member
    const { blob, body, unitRoots } = this.upload
    const steps = [
      () => client.putDescriptor(blob, body, this.halt.signal),
      () => client.putUnitRoots(blob, unitRoots, this.halt.signal),
    ]
    for (const step of steps) {
      const answer = await this.insist(step, 3)
      if (!answer) return
    }
    const found = await this.insist(() => client.state(blob, this.shard, this.halt.signal), 3)
    if (!found) return
    const state = found.value
    if (state.complete || this.total === 0) return this.finishEmpty()
    // All bytes but no acknowledgement: the last one is sent again.
    this.offset = Math.min(state.offset, this.total - 1)
  }

  /** Takes the next bytes of the shard; waits while two parts are on their way. */
  async take(bytes: Uint8Array): Promise<void> {
    const began = steadyTime(this.shared.clock)
    await this.keep(bytes)
    this.held += steadyTime(this.shared.clock) - began
  }

  private async keep(bytes: Uint8Array): Promise<void> {
    const from = this.position
    this.position += bytes.length
    if (this.state.status !== 'running' || this.position <= this.offset) return
    let rest = from < this.offset && !this.part ? bytes.subarray(this.offset - from) : bytes
    while (rest.length > 0 && this.isRunning()) {
      this.part ??= this.newPart(Math.min(PART_BYTES, this.total - (this.position - rest.length)))
      const taken = Math.min(rest.length, this.part.length - this.filled)
      this.part.set(rest.subarray(0, taken), this.filled)
      this.filled += taken
      rest = rest.subarray(taken)
      if (this.filled === this.part.length) await this.flush(this.position - rest.length)
    }
  }

  /** Gives the node up for this pass: what it has stays there. */
  leave(why: string): void {
    if (!this.isRunning()) return
    this.state = { status: 'failed', why, isFinal: false }
    this.halt.end()
  }

  /** Waits for the last part. */
  async end(): Promise<void> {
    await this.sending
    if (this.isRunning()) this.state = { status: 'behind' }
    this.halt.end()
  }

  private isRunning(): boolean {
    return this.state.status === 'running' && !this.halt.signal.aborted
  }

  private newPart(length: number): Uint8Array {
    const { spare } = this
    this.spare = undefined
    return spare?.length === length ? spare : new Uint8Array(length)
  }

  private async flush(end: number): Promise<void> {
    const bytes = this.part!
    this.part = undefined
    this.filled = 0
    await this.sending
    if (!this.isRunning()) return
    this.sending = this.send(bytes, end - bytes.length)
  }

  /** Sends a part until the node has it. */
  private async send(bytes: Uint8Array, start: number): Promise<void> {
    const { client } = this.member
    let failures = 0
    let from = Math.max(start, this.offset)
    const end = start + bytes.length
    while (this.isRunning() && from < end) {
      const part = { offset: from, total: this.total, bytes: bytes.subarray(from - start) }
      const answer = await client.putPart(this.upload.blob, this.shard, part, this.halt.signal)
      if (answer.status === 'ok' && 'acknowledgement' in answer.value) return this.acknowledged(answer.value)
      const reached = await this.reached(answer)
      if (reached === undefined || reached === from) {
        if (++failures >= ATTEMPTS || answer.status === 'missing') return this.fail(answer)
        if (answer.status === 'refused' && answer.offset === undefined) return this.fail(answer)
        await this.shared.clock.sleep(
          Math.min(SHORTEST_WAIT * 2 ** (failures - 1), LONGEST_WAIT),
          this.halt.signal,
        )
        continue
      }
      if (reached < start || reached > end) {
        if (this.isRunning()) this.state = { status: 'behind' }
        return
      }
      failures = 0
      from = this.offset = reached
      this.member.health.succeeded()
    }
    if (from === end) this.spare = bytes
  }

  /** How far the node is, by what it answered or, where it did not, by asking. */
  private async reached(answer: Answer<PartAnswer>): Promise<number | undefined> {
    if (answer.status === 'ok' && 'offset' in answer.value) return answer.value.offset
    if (answer.status === 'refused') return answer.offset
    const state = await this.member.client.state(this.upload.blob, this.shard, this.halt.signal)
    if (state.status !== 'ok') return undefined
    // Complete without an acknowledgement: the last byte brings it.
    return state.value.complete ? this.total - 1 : Math.min(state.value.offset, this.total - 1)
  }

  private async finishEmpty(): Promise<void> {
    const part = { offset: 0, total: this.total, bytes: new Uint8Array(0) }
    const answer = await this.insist(
      () => this.member.client.putPart(this.upload.blob, this.shard, part, this.halt.signal),
      3,
    )
    if (!answer) return
    if ('acknowledgement' in answer.value) return this.acknowledged(answer.value)
    this.state = { status: 'failed', why: 'it says that it has all, and acknowledges nothing', isFinal: true }
  }

  /** An acknowledgement counts when it is signed by this node, for this shard. */
  private async acknowledged({
    acknowledgement,
  }: {
    acknowledgement: Signed<Acknowledgement>
  }): Promise<void> {
    const { message } = acknowledgement
    const { address } = this.member.client.node
    const signer = await signerOf(this.shared.domain, 'Acknowledgement', acknowledgement)
    const isRight =
      signer?.toLowerCase() === address.toLowerCase() &&
      message.node.toLowerCase() === address.toLowerCase() &&
      message.blob === this.upload.blob &&
      message.shard === this.shard &&
      message.length === BigInt(this.total)
    if (!this.isRunning()) return
    this.offset = this.total
    this.state = isRight
      ? { status: 'complete', acknowledgement }
      : {
          status: 'failed',
          why: 'its acknowledgement is not signed by it, or not for this shard',
          isFinal: true,
        }
  }

  private fail(answer: Answer<unknown>): void {
    const why = answer.status === 'ok' ? 'it does not go on' : answer.why
    if (answer.status === 'unreachable') this.member.health.failed(why)
    if (this.isRunning()) this.state = { status: 'failed', why, isFinal: answer.status === 'refused' }
  }

  private async insist<value>(
    ask: () => Promise<Answer<value>>,
    attempts: number,
  ): Promise<{ value: value } | undefined> {
    for (let attempt = 1; ; attempt++) {
      const answer = await ask()
      if (answer.status === 'ok') return answer
      if (answer.status !== 'unreachable' || attempt >= attempts || !this.isRunning()) {
        this.fail(answer)
        return undefined
      }
      await this.shared.clock.sleep(SHORTEST_WAIT * 2 ** attempt, this.halt.signal)
    }
  }
}

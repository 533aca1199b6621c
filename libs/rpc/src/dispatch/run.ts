import type { AnswerBytes } from '../answer.js'
import type { Client, Connection } from '../client.js'

/** Where a request comes from. */
export interface Caller {
  readonly client: Client
  /** Absent over HTTP. */
  readonly connection?: Connection
  /** False from the end of its connection on. */
  readonly isOpen: boolean
  /** What long answers to it may hold. */
  readonly answerBytes: AnswerBytes
}

/** What a request is run with. */
export interface Run {
  readonly caller: Caller
  /** on the clock of `performance.now()` */
  readonly deadline: number
  /** One of several: no method has a time of its own. */
  readonly batched: boolean
}

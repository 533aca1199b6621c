/** Who asks. Places, bytes and turns are shared out by it. */
export interface Client {
  /** IP address, as the socket or a trusted proxy tells it. Many clients may share one. */
  readonly address: string
  /** Number of the HTTP connection or WebSocket within this server. */
  readonly connection: number
  /** Aborted when the connection is closed: nobody waits for an answer any more. */
  readonly gone?: AbortSignal
}

/** One WebSocket, as subscriptions see it. */
export interface Connection {
  readonly client: Client
  /** False from its end on: what it asked for before then may be answered later. */
  readonly isOpen: boolean
  /** Bytes that were sent and wait for the client to read them. */
  readonly waitingBytes: number
  /** Sends one message that consists of these parts. */
  send(parts: readonly (string | Buffer)[]): void
  /** Ends it with a close code and what the client is told. */
  close(code: number, reason: string): void
}

declare module 'cli-progress' {
  /** What of a bar is used here. */
  export class SingleBar {
    constructor(options: {
      format: string
      clearOnComplete?: boolean
      hideCursor?: boolean
      etaBuffer?: number
      noTTYOutput?: boolean
      stream?: NodeJS.WritableStream
    })
    start(total: number, value: number, payload?: object): void
    update(value: number, payload?: object): void
    setTotal(total: number): void
    stop(): void
  }
}

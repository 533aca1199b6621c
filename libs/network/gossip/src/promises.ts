interface WithResolvers {
  withResolvers?: <T>() => {
    promise: Promise<T>
    resolve: (value: T | PromiseLike<T>) => void
    reject: (reason?: unknown) => void
  }
}

/** libp2p 3 calls `Promise.withResolvers`, which Node has from 22 on only. Called before libp2p is loaded. */
export function ensurePromiseWithResolvers(): void {
  const target = Promise as unknown as WithResolvers
  target.withResolvers ??= <T>() => {
    let resolve!: (value: T | PromiseLike<T>) => void
    let reject!: (reason?: unknown) => void
    const promise = new Promise<T>((...both) => ([resolve, reject] = both))
    return { promise, resolve, reject }
  }
}

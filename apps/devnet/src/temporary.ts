import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devnet } from './devnet.js'
import type { Devnet, DevnetOptions } from './options.js'

/** A devnet whose folder goes with it. */
export interface TemporaryDevnet extends Devnet {
  /** Stops it and removes its folder. */
  dispose(): Promise<void>
}

/**
 * A devnet on free ports in a folder of its own, for tests and tools. Where the start fails, nothing of it is left.
 * @throws {BaseError} what {@link devnet} throws
 */
export async function temporaryDevnet(
  options: Omit<DevnetOptions, 'directory'> = {},
): Promise<TemporaryDevnet> {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  try {
    const net = await devnet({
      l1Port: 0,
      l2Port: 0,
      verifierPort: 0,
      bridgePort: 0,
      metricsPort: 0,
      daPort: 0,
      vaultPort: 0,
      networkPort: 0,
      ...options,
      directory,
    })
    return {
      ...net,
      async dispose() {
        await net.stop()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

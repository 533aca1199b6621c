import { BaseError } from '@animechain/core'
import {
  DATA_UNITS,
  layoutOf,
  stripeUnits,
  unitRoot,
  type SealedStripe,
  type VaultCrypto,
} from '@animechain/vault-format'

/** Sealed chunks in a file, for content that can be read once. What is on disk is sealed already. */
export interface Spool {
  write(stripe: SealedStripe): Promise<void>
  stripes(length: bigint, crypto: VaultCrypto): AsyncGenerator<SealedStripe>
  remove(): Promise<void>
}

interface Modules {
  files: typeof import('node:fs/promises')
  system: typeof import('node:os')
  paths: typeof import('node:path')
}

function modules(): Modules | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const get = host?.getBuiltinModule
  const files = get?.('node:fs/promises') as Modules['files'] | undefined
  const system = get?.('node:os') as Modules['system'] | undefined
  const paths = get?.('node:path') as Modules['paths'] | undefined
  return files && system && paths && { files, system, paths }
}

/** @throws {BaseError} `VAULT_READ_ONCE` where there are no files */
export async function spooled(): Promise<Spool> {
  const host = modules()
  if (!host)
    throw new BaseError(
      'Expected content that can be read twice: bytes, or a function that gives a new stream each time.',
      { code: 'VAULT_READ_ONCE' },
    )
  const folder = await host.files.mkdtemp(host.paths.join(host.system.tmpdir(), 'vault-spool-'))
  const handle = await host.files.open(host.paths.join(folder, 'sealed'), 'wx+', 0o600)
  return {
    async write({ units }) {
      for (const unit of units.slice(0, DATA_UNITS)) if (unit.length > 0) await handle.writeFile(unit)
    },
    async *stripes(length, crypto) {
      const layout = layoutOf(length)
      let at = 0
      for (let stripe = 0; stripe < layout.stripes; stripe++) {
        const chunks: Uint8Array[] = []
        for (let unit = 0; unit < DATA_UNITS; unit++) {
          const size = layout.unitLength(stripe, unit)
          if (size === 0) break
          const chunk = new Uint8Array(size)
          const { bytesRead } = await handle.read(chunk, 0, size, at)
          if (bytesRead !== size)
            throw new BaseError(`Expected ${size} bytes of what was spooled, got ${bytesRead}.`, {
              code: 'VAULT_SOURCE_CHANGED',
            })
          at += size
          chunks.push(chunk)
        }
        const units = stripeUnits(chunks)
        yield { stripe, units, roots: units.map((unit) => unitRoot(unit, crypto)) }
      }
    },
    async remove() {
      await handle.close().catch(() => {})
      await host.files.rm(folder, { recursive: true, force: true })
    },
  }
}

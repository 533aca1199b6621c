import type { Hash } from '@animechain/core'
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { badRecord, otherRecord, tooLarge } from './errors.js'
import { limits } from './limits.js'
import { checkVaultAsset } from './output.js'
import type { ManifestRecord, ManifestStore } from './store/store.js'
import { checkRecord, sameRecord } from './store/store.js'

/** Bytes of a record's file at most: the manifest in base64, and room for the rest. */
const MOST_BYTES = Math.ceil(limits.manifestBytes / 3) * 4 + 1_024
const VERSION = 1

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/** Undefined where there is no such file. */
async function present<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  })
}

function encode({ manifest, ...rest }: ManifestRecord): string {
  return `${JSON.stringify({ version: VERSION, ...rest, manifest: Buffer.from(manifest).toString('base64') })}\n`
}

function decode(path: string, text: string): ManifestRecord {
  try {
    const { version, manifest, ...rest } = JSON.parse(text)
    if (version !== VERSION) throw new TypeError(`expected version ${VERSION}, got ${version}`)
    if (typeof manifest !== 'string')
      throw new TypeError(`expected a manifest in base64, got ${typeof manifest}`)
    return checkRecord({ ...rest, manifest: new Uint8Array(Buffer.from(manifest, 'base64')) })
  } catch (error) {
    throw badRecord(path, (error as Error).message.replace(/\.$/, ''), error)
  }
}

/** A file that is there whole or not at all, and never replaces another. False when there is one of that name. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${randomUUID()}.tmp`
  const file = await open(unfinished, 'wx')
  try {
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await link(unfinished, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await file.close().catch(() => {})
    await rm(unfinished, { force: true })
  }
}

/**
 * A store in a folder, for one machine; several processes may use it. Node only.
 *
 * `records/ab/<vault asset>.json` is a record, `content/ab/<content hash>/<vault asset>` an empty file that leads to it. A put that was cut off
 * is made good by the same put again.
 * @param folder Made when needed.
 */
export function fileManifestStore(folder: string): ManifestStore {
  const sharded = (kind: string, hash: Hash) => join(folder, kind, hash.slice(2, 4), hash.slice(2))
  const recordPath = (asset: Hash) => `${sharded('records', asset)}.json`
  const contentOf = async (hash: Hash): Promise<Hash[]> => {
    const names = (await present(readdir(sharded('content', hash)))) ?? []
    return names
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((name) => `0x${name}` as Hash)
      .sort()
  }
  const store: ManifestStore = {
    async put(given) {
      const record = checkRecord(given)
      const { vaultAsset, contentHash } = record
      const same = await contentOf(contentHash)
      if (!same.includes(vaultAsset) && same.length >= limits.sameContent)
        throw tooLarge('outputs with the same content', limits.sameContent, same.length + 1)
      if (!(await writeOnce(recordPath(vaultAsset), encode(record)))) {
        const known = await store.get(vaultAsset)
        if (!known || !sameRecord(known, record)) throw otherRecord(vaultAsset)
      }
      await writeOnce(join(sharded('content', contentHash), vaultAsset.slice(2)), '')
    },
    async get(asset) {
      const vaultAsset = checkVaultAsset(asset)
      const path = recordPath(vaultAsset)
      const size = (await present(stat(path)))?.size
      if (size === undefined) return undefined
      if (size > MOST_BYTES) throw badRecord(path, `expected at most ${MOST_BYTES} bytes, got ${size}`)
      const file = await open(path)
      const text = await file.readFile('utf8').finally(() => file.close())
      const record = decode(path, text)
      if (record.vaultAsset !== vaultAsset)
        throw badRecord(path, `expected the record of ${vaultAsset}, got that of ${record.vaultAsset}`)
      return record
    },
    withContent: (hash) =>
      contentOf(checkVaultAsset(hash, 'contentHash')).then((all) => all.slice(0, limits.sameContent)),
  }
  return store
}

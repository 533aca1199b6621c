import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BaseError } from '@animechain/core'

const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
const slotName = /^[0-9a-f]{32}$/

/**
 * Secrets that can be destroyed. Databases and logs keep old pages for long; so what they hold is encrypted, each secret with a key of its own in a small
 * file, which is overwritten in place and synced before it is removed. What is left of the secret in any image of the disk is then ciphertext without a key.
 * It presumes a file system that overwrites in place (ext4, XFS, NTFS; not btrfs, ZFS, or an image of the disk from before).
 */
export interface Shreds {
  /** Makes the folder. */
  start(): Promise<void>
  /** Encrypts a secret; its key is on disk when this resolves. `slot` names the key. */
  seal(secret: Uint8Array): Promise<{ slot: string; sealed: Uint8Array }>
  /** @throws {BaseError} `VAULT_SHREDDED` where the key is not there, or the bytes are others */
  open(slot: string, sealed: Uint8Array): Promise<Uint8Array>
  /** Destroys a key: overwritten and synced, then removed. Idempotent. */
  destroy(slot: string): Promise<void>
  /** Destroys every key that nothing refers to: left by a process that was killed. @param isUsed by slot */
  sweep(isUsed: (slot: string) => boolean): Promise<number>
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const lost = (cause?: unknown) =>
  new BaseError('A secret of this node cannot be opened: its key was destroyed, or the bytes are damaged.', {
    code: 'VAULT_SHREDDED',
    cause,
  })

/** Overwrites a file with other bytes, durably, and removes it. Idempotent. */
async function shred(path: string): Promise<void> {
  const handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return
  try {
    await handle.write(randomBytes(KEY_BYTES), 0, KEY_BYTES, 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await unlink(path)
  await syncFolder(dirname(path))
}

/** Writes a new file, durably. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.write(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(path))
}

function encrypt(key: Uint8Array, secret: Uint8Array): Uint8Array {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES))
  const end = sealed.length - TAG_BYTES
  decipher.setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, end)), decipher.final()])
}

/** Keys of secrets in a folder. */
export function shreds(folder: string): Shreds {
  // A folder for each first byte: none has many thousands of files.
  const folderOf = (slot: string) => join(folder, slot.slice(0, 2))
  const pathOf = (slot: string) => join(folderOf(slot), slot)
  const made = new Set<string>()
  const destroy = async (slot: string) => {
    if (slotName.test(slot)) await shred(pathOf(slot))
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    async seal(secret) {
      const slot = randomBytes(16).toString('hex')
      const key = randomBytes(KEY_BYTES)
      if (!made.has(folderOf(slot))) {
        await mkdir(folderOf(slot), { recursive: true, mode: 0o700 })
        await syncFolder(folder)
        made.add(folderOf(slot))
      }
      await writeNew(pathOf(slot), key)
      const sealed = encrypt(key, secret)
      key.fill(0)
      return { slot, sealed }
    },
    async open(slot, sealed) {
      let key: Buffer | undefined
      try {
        key = await readFile(pathOf(slot))
        return decrypt(key, sealed)
      } catch (cause) {
        throw lost(cause)
      } finally {
        key?.fill(0)
      }
    },
    destroy,
    async sweep(isUsed) {
      let destroyed = 0
      for (const each of await readdir(folder, { withFileTypes: true })) {
        if (!each.isDirectory()) continue
        for (const slot of await readdir(join(folder, each.name))) {
          if (!slotName.test(slot) || isUsed(slot)) continue
          await destroy(slot)
          destroyed++
        }
      }
      return destroyed
    },
  }
}

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { BaseError, bytesToHex, hexToBytes, type Hex } from '@animechain/core'
import { deriveKeyPair, type KeyPair } from '@animechain/vault-format'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { writePrivate } from './fileStore.js'

/** What a key file has: an account, and a secret that the owner's X25519 key follows from. */
export interface VaultKeys {
  account: PrivateKeyAccount
  ownerKey: KeyPair
}

interface Secrets {
  /** private key of the account */
  account: Hex
  /** 32 bytes */
  owner: Hex
}

interface Sealed {
  /** cost, memory and threads of scrypt */
  scrypt: { n: number; r: number; p: number; salt: Hex }
  iv: Hex
  /** AES-256-GCM ciphertext and tag */
  sealed: Hex
}

/** 2^17: a quarter of a second, 128 MiB. */
const COST = { n: 131_072, r: 8, p: 1 }
/** Greatest cost that a file may ask for: 1 GiB. */
const MAX_COST = 1_048_576

const bad = (path: string, why: string, cause?: unknown) =>
  new BaseError(`The key file ${path} cannot be used: ${why}.`, { code: 'VAULT_KEY_FILE', cause })

const passwordKey = (passphrase: string, { n, r, p, salt }: Sealed['scrypt']): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(
      passphrase.normalize('NFKC'),
      hexToBytes(salt),
      32,
      { N: n, r, p, maxmem: 256 * n * r },
      (error, key) => (error ? reject(error) : resolve(key)),
    ),
  )

async function seal(secrets: Secrets, passphrase: string): Promise<Sealed> {
  const parameters = { ...COST, salt: bytesToHex(randomBytes(32)) }
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', await passwordKey(passphrase, parameters), iv)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final(), cipher.getAuthTag()])
  return { scrypt: parameters, iv: bytesToHex(iv), sealed: bytesToHex(sealed) }
}

async function open(
  path: string,
  { scrypt: parameters, iv, sealed }: Sealed,
  passphrase: string,
): Promise<Secrets> {
  const { n, r, p } = parameters
  if (!(n >= 2 && n <= MAX_COST) || !(r >= 1 && r <= 16) || !(p >= 1 && p <= 4))
    throw bad(path, 'it asks for more work or memory than is allowed')
  const bytes = hexToBytes(sealed)
  const decipher = createDecipheriv('aes-256-gcm', await passwordKey(passphrase, parameters), hexToBytes(iv))
  decipher.setAuthTag(bytes.subarray(-16))
  try {
    return JSON.parse(
      Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString(),
    ) as Secrets
  } catch (cause) {
    throw bad(path, 'the passphrase is another one', cause)
  }
}

async function keysOf(secrets: Secrets): Promise<VaultKeys> {
  return {
    account: privateKeyToAccount(secrets.account),
    ownerKey: await deriveKeyPair(hexToBytes(secrets.owner)),
  }
}

/**
 * Reads a key file. It must be its owner's alone (mode 0600).
 * @throws {BaseError} `VAULT_KEY_FILE`
 */
export async function readKeyFile(path: string, passphrase: string | undefined): Promise<VaultKeys> {
  let text: string
  try {
    const { mode } = await stat(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw bad(path, `others may read it; make it yours alone: chmod 600 ${path}`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw bad(path, 'it is not there; `vault init` makes one, --key-file names another', error)
    throw error
  }
  try {
    const file = JSON.parse(text) as { version?: number } & Partial<Secrets & Sealed>
    if (file.version !== 1) throw new Error('expected version 1')
    if (file.scrypt === undefined) return await keysOf(file as Secrets)
    if (passphrase === undefined)
      throw bad(path, 'it is encrypted; give its passphrase in ANIMECHAIN_VAULT_PASSPHRASE')
    return await keysOf(await open(path, file as Sealed, passphrase))
  } catch (error) {
    if (error instanceof BaseError) throw error
    throw bad(path, 'it is not of the form that `vault init` writes', error)
  }
}

/** Makes a key file, never over another one. `account` is the private key to take; default a new one. */
export async function writeKeyFile(
  path: string,
  options: { passphrase?: string | undefined; account?: Hex | undefined } = {},
): Promise<VaultKeys> {
  const secrets: Secrets = {
    account: options.account ?? bytesToHex(randomBytes(32)),
    owner: bytesToHex(randomBytes(32)),
  }
  const content = options.passphrase === undefined ? secrets : await seal(secrets, options.passphrase)
  await writePrivate(path, `${JSON.stringify({ version: 1, ...content }, undefined, 2)}\n`, { isNew: true })
  return keysOf(secrets)
}

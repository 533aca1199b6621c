import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { bytesToHex, hexToBytes } from '@animechain/core'
import type { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { GossipError } from './errors.js'
import { ensurePromiseWithResolvers } from './promises.js'

/** A private key of libp2p. */
export type PrivateKey = ReturnType<typeof privateKeyFromProtobuf>

/** Hex of any key that libp2p writes is shorter. */
const MAX_FILE_BYTES = 16_384

const keys = async () => {
  ensurePromiseWithResolvers()
  return import('@libp2p/crypto/keys')
}

async function readKey(path: string): Promise<PrivateKey | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new GossipError(`The peer key in ${path} cannot be read.`, 'GOSSIP_IDENTITY', { cause })
  }
  try {
    if (text.length > MAX_FILE_BYTES) throw new Error(`expected at most ${MAX_FILE_BYTES} bytes`)
    return (await keys()).privateKeyFromProtobuf(hexToBytes(text.trim()))
  } catch {
    // What the parser says may quote the key.
    throw new GossipError(`${path} does not hold a peer key.`, 'GOSSIP_IDENTITY', {
      metaMessages: ['Expected the hex of a libp2p private key, as this node writes it.'],
    })
  }
}

/** Writes a key where there is none; a file that another process wrote meanwhile stays. */
async function writeKey(path: string, key: PrivateKey): Promise<void> {
  const { privateKeyToProtobuf } = await keys()
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${bytesToHex(privateKeyToProtobuf(key))}\n`)
    await file.sync()
    await file.close()
    await link(draft, path)
  } finally {
    await file.close().catch(() => {})
    await rm(draft, { force: true })
  }
}

/**
 * The key that a peer is known by. Without a path a new one each time; with one it is read from the file, which is made where it is missing, for its
 * owner only.
 * @throws {GossipError} `GOSSIP_IDENTITY`
 */
export async function peerIdentity(path?: string): Promise<PrivateKey> {
  const known = path === undefined ? undefined : await readKey(path)
  if (known) return known
  const key = await (await keys()).generateKeyPair('Ed25519')
  if (path === undefined) return key
  try {
    await writeKey(path, key)
    return key
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      const written = await readKey(path)
      if (written) return written
    }
    throw new GossipError(`The peer key cannot be written to ${path}.`, 'GOSSIP_IDENTITY', { cause })
  }
}

/**
 * The identity of a peer before it runs, for the multiaddrs of others: `/ip4/…/tcp/…/p2p/<identity>`. The file is made where it is missing.
 * @throws {GossipError} `GOSSIP_IDENTITY`
 */
export async function peerIdOf(identityFile: string): Promise<string> {
  const { publicKey } = await peerIdentity(identityFile)
  return publicKey.toString()
}

import { open, type FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  InvalidInputError,
  bytesToHex,
  silentLogger,
  type Address,
  type Hash,
  type Hex,
  type Logger,
} from '@animechain/core'
import {
  decodeMessage,
  encodeMessage,
  networkDomainSeparator,
  signerOf,
  type Attestation,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import { mutex } from '@animechain/runtime'
import { placeOf, readAt, readRecords, slotOf, type Contents } from './contents.js'
import { belowFloor, closed, damaged, frozen, signedOther } from './errors.js'
import { HEADER_BYTES, PAYLOAD_BYTES, decodeHeader, encodeFloor, recordKinds } from './format.js'
import { lockFile } from './lock.js'
import type { LogMark, MarkStore } from './marks.js'
import { checkMark, writerOf, type Writer } from './writer.js'

/** Which log is opened. */
export interface SignatureLogOptions {
  /** the file; `<path>.lock.<n>` are beside it */
  path: string
  /** the key that signs: a log is of one key */
  key: Address
  /** a log is of one registry */
  domain: NetworkDomain
  /** Where the log's mark is kept, in other places than the log; each of them must be reachable for a signature to leave. Default none. */
  marks?: readonly MarkStore[]
  logger?: Logger
}

/** What {@link SignatureLog.observe} found. */
export type Observed =
  /** as it is in the log */
  | 'known'
  /** below the floor: of a time that the log knows nothing of */
  | 'old'
  /** not in the log: it is no longer the newest. Nothing new is signed from now on. */
  | 'unknown'
  /** The log has another root for the batch: the key has equivocated. Nothing new is signed from now on. */
  | 'contradicts'

/**
 * The write-ahead log of what a key signed: an append-only file, synced before a signature leaves. A batch has one signature; the same question has the same
 * bytes as its answer, now and after any crash.
 */
export interface SignatureLog {
  readonly key: Address
  readonly domain: NetworkDomain
  /** how far it is */
  readonly mark: LogMark
  /** the first batch of which something new is signed */
  readonly floor: bigint
  /** the attestation for which nothing new is signed */
  readonly frozenBy: Attestation | undefined
  /** What was signed for a batch. */
  find(batchIndex: bigint, batchAcc: Hash): Promise<Signed<Attestation> | undefined>
  /**
   * The signature for a batch: the one that there is, with the attestation that it was given for (its game, epoch and tree may be others than those asked
   * for, never its root), else a new one by `sign`, once it is on disk and marked.
   * @throws {BaseError} `NETWORK_SIGNED_OTHER`, `NETWORK_LOG_FROZEN`, `NETWORK_BELOW_FLOOR`, `NETWORK_LOG_ROLLED_BACK`, `NETWORK_LOG_BROKEN`,
   *   `NETWORK_LOG_CLOSED`; `INVALID_INPUT` where `sign` gives no signature of the key
   */
  attest(message: Attestation, sign: (message: Attestation) => Promise<Hex>): Promise<Signed<Attestation>>
  /**
   * Is told of an attestation of the key that was seen elsewhere, in gossip or on L1.
   * @throws {BaseError} as {@link attest}; `INVALID_INPUT` where it is not signed by the key
   */
  observe(attestation: Signed<Attestation>): Promise<Observed>
  /**
   * Signs nothing new below a batch, for good, and lifts what {@link observe} forbade. Whoever calls it has made sure that no other process has the key, and that
   * no batch from here on was asserted on L1 while one had.
   * @throws {InvalidInputError} where the log knows of a signature from there on
   */
  raiseFloor(batchIndex: bigint): Promise<void>
  /** Ends it, after what is under way, and gives the file free. */
  close(): Promise<void>
}

/** Opens the file and looks whose it is. @throws {BaseError} */
async function openFile(path: string, { key, domain }: SignatureLogOptions): Promise<FileHandle> {
  // Not made where it is missing: a lost log is not an empty one.
  const handle = await open(path, 'r+')
  try {
    const header = decodeHeader(await readAt(handle, 0, HEADER_BYTES))
    if (header === undefined) throw damaged(path, 'expected the header of a log of signatures')
    if (header.key !== key.toLowerCase())
      throw new InvalidInputError('key', `${header.key}, whose log ${path} is`, key)
    const separator = networkDomainSeparator(domain)
    if (header.separator !== separator)
      throw new InvalidInputError('domain', `the one with separator ${header.separator}`, separator)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Opens the log of a key, for this process alone.
 * @throws {BaseError} `NETWORK_LOG_LOCKED`, `NETWORK_LOG_DAMAGED`, `NETWORK_LOG_ROLLED_BACK`; `INVALID_INPUT` for the log of another key or registry; as the
 *   operating system has it where there is none
 */
export async function openSignatureLog(options: SignatureLogOptions): Promise<SignatureLog> {
  const { marks: stores = [], logger = silentLogger } = options
  const path = resolve(options.path)
  const unlock = await lockFile(path)
  let handle: FileHandle | undefined
  try {
    handle = await openFile(path, options)
    const { id, head } = decodeHeader(await readAt(handle, 0, HEADER_BYTES))!
    const contents = await readRecords(handle, path, head, logger)
    const markNow = (): LogMark => ({ id, count: contents.count, head: bytesToHex(contents.head) })
    const marks: { store: MarkStore; at: LogMark | undefined }[] = []
    for (const store of stores) {
      const at = await store.read()
      await checkMark(path, handle, markNow(), at, logger)
      marks.push({ store, at })
    }
    const writer = writerOf(path, handle, contents, marks, markNow)
    await writer.advance()
    return logOf({ path, options, handle, contents, writer, markNow, unlock })
  } catch (error) {
    await handle?.close()
    await unlock()
    throw error
  }
}

interface Parts {
  path: string
  options: SignatureLogOptions
  handle: FileHandle
  contents: Contents
  writer: Writer
  markNow: () => LogMark
  unlock: () => Promise<void>
}

/** What is asked of a log, one at a time. */
function operations({ path, options, handle, contents, writer }: Parts) {
  const { domain } = options
  const key = options.key.toLowerCase() as Address

  async function find(batchIndex: bigint, batchAcc: Hash): Promise<Signed<Attestation> | undefined> {
    const record = contents.places.get(slotOf(batchIndex, batchAcc))
    if (record === undefined) return undefined
    const decoded = decodeMessage('attestation', await readAt(handle, placeOf(record) + 32, PAYLOAD_BYTES))
    if (!decoded.ok) throw damaged(path, `record ${record}: ${decoded.why}`)
    return decoded.value
  }

  async function payloadOf(signed: Signed<Attestation>): Promise<Uint8Array> {
    const payload = encodeMessage('attestation', signed)
    const signer = await signerOf('attestation', domain, signed)
    if (signer !== key) throw new InvalidInputError('signature', `one of ${key}`, signer ?? 'none')
    return payload
  }

  async function attest(
    message: Attestation,
    sign: (message: Attestation) => Promise<Hex>,
  ): Promise<Signed<Attestation>> {
    const { batchIndex, batchAcc, outputRoot } = message
    const before = await find(batchIndex, batchAcc)
    if (before !== undefined) {
      if (before.message.outputRoot !== outputRoot.toLowerCase())
        throw signedOther(batchIndex, before.message.outputRoot, outputRoot)
      // It may have got to the disk, and not to the marks.
      await writer.advance()
      return before
    }
    if (contents.frozenBy !== undefined) throw frozen(contents.frozenBy.batchIndex)
    if (batchIndex < contents.floor) throw belowFloor(batchIndex, contents.floor)
    const payload = await payloadOf({ message, signature: await sign(message) })
    await writer.append(recordKinds.signed, payload)
    await writer.advance()
    return (await find(batchIndex, batchAcc))!
  }

  async function observe(signed: Signed<Attestation>): Promise<Observed> {
    const payload = await payloadOf(signed)
    const { batchIndex, batchAcc, outputRoot } = signed.message
    const before = await find(batchIndex, batchAcc)
    if (before?.message.outputRoot === outputRoot.toLowerCase()) return 'known'
    const is = before === undefined ? 'unknown' : 'contradicts'
    // Of a time that was done with when the floor was raised.
    if (batchIndex < contents.floor) return before === undefined ? 'old' : is
    // Written once: what forbids to sign lasts over a restart, and a repetition takes no room.
    if (contents.frozenBy === undefined || before === undefined) {
      await writer.append(recordKinds.observed, payload)
      await writer.advance()
    }
    return is
  }

  async function raiseFloor(batchIndex: bigint): Promise<void> {
    if (batchIndex <= contents.highest || batchIndex < contents.floor)
      throw new InvalidInputError(
        'floor',
        `above batch ${contents.highest}, which was signed, and not below ${contents.floor}`,
        batchIndex,
      )
    await writer.append(recordKinds.floor, encodeFloor(batchIndex))
    await writer.advance()
  }

  return { find, attest, observe, raiseFloor }
}

function logOf(parts: Parts): SignatureLog {
  const { path, options, handle, contents, markNow, unlock } = parts
  const { find, attest, observe, raiseFloor } = operations(parts)
  const turn = mutex()
  let isClosed = false
  /** One at a time: what is asked twice at once is signed once. */
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    turn.run(() => (isClosed ? Promise.reject(closed(path)) : work()))

  return {
    key: options.key.toLowerCase() as Address,
    domain: options.domain,
    get mark() {
      return markNow()
    },
    get floor() {
      return contents.floor
    },
    get frozenBy() {
      return contents.frozenBy
    },
    find: (batchIndex, batchAcc) => alone(() => find(batchIndex, batchAcc)),
    attest: (message, sign) => alone(() => attest(message, sign)),
    observe: (signed) => alone(() => observe(signed)),
    raiseFloor: (batchIndex) => alone(() => raiseFloor(batchIndex)),
    async close() {
      await turn.run(async () => {
        if (isClosed) return
        isClosed = true
        await handle.close()
        await unlock()
      })
    },
  }
}

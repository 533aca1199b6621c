import { randomBytes } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InvalidInputError, bytesToHex, type Address } from '@animechain/core'
import { rolledBack } from './errors.js'
import {
  RECORD_BYTES,
  decodeHeader,
  encodeFloor,
  encodeRecord,
  newHeader,
  recordKinds,
  type LogOwner,
} from './format.js'
import { syncFolder } from './marks.js'
import type { SignatureLogOptions } from './signatureLog.js'

/** What {@link createSignatureLog} takes besides. */
export interface NewLogOptions extends SignatureLogOptions {
  /**
   * The first batch that may be signed: 0 for a key that never signed; for one whose log was lost, above every batch that is asserted on L1 at a time at which
   * no process has the key.
   */
  floor: bigint
  /** Also where there is the mark of an earlier log, which is then forgotten. */
  replaceMarks?: boolean
}

/**
 * Begins the log of a key: once, when the key becomes a verifier's. A file that is there is not touched.
 * @throws {BaseError} `INVALID_INPUT` where the file is there; `NETWORK_LOG_ROLLED_BACK` where a mark is: the key had a log
 */
export async function createSignatureLog(options: NewLogOptions): Promise<void> {
  const { floor, marks = [], replaceMarks = false } = options
  const path = resolve(options.path)
  if (!replaceMarks)
    for (const each of marks) {
      const found = await each.read()
      if (found) throw rolledBack(path, `there is the mark of a log with ${found.count} records`)
    }
  const owner: LogOwner = { key: options.key.toLowerCase() as Address, domain: options.domain }
  const header = newHeader(owner)
  const { id, head } = decodeHeader(header)!
  const record = encodeRecord(recordKinds.floor, encodeFloor(floor), head)
  const aside = `${path}.new.${randomBytes(8).toString('hex')}`
  const handle = await open(aside, 'wx', 0o600)
  try {
    await handle.writeFile(Buffer.concat([header, record]))
    await handle.sync()
    await handle.close()
    await link(aside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new InvalidInputError('path', 'a file that is not there yet', path, { cause: error })
    throw error
  } finally {
    await handle.close().catch(() => undefined)
    await rm(aside, { force: true })
  }
  await syncFolder(dirname(path))
  const mark = { id, count: 1, head: bytesToHex(record.subarray(RECORD_BYTES - 32)) }
  for (const each of marks) await each.reset(mark)
}

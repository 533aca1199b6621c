import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { BaseError } from '@animechain/core'

/**
 * Walks through every entry of a database. It runs in a process of its own: LMDB follows what a damaged page says, and dies with it.
 * Prints a line of JSON with its length, and one with the keys of damaged entries.
 */
const WALK = `
const { crc32 } = require('node:zlib')
const { statSync, writeSync } = require('node:fs')
const [library, path, limit] = process.argv.slice(1)
const database = require(library).open({ path, noSubdir: false, readOnly: true, keyEncoding: 'binary', encoding: 'binary', cache: false })
const { pageSize, lastPageNumber } = database.getStats()
const bytes = statSync(path + '/data.mdb').size
const expected = (lastPageNumber + 1) * pageSize
writeSync(1, JSON.stringify({ bytes, expected }) + '\\n')
const damaged = []
if (bytes < expected || bytes <= Number(limit))
  for (const { key, value } of database.getRange({})) {
    const at = value.length - 4
    const good = at >= 0 && value.readUInt32BE(at) === crc32(value.subarray(0, at), crc32(key))
    if (!good && damaged.push(key.toString('hex')) >= 16) break
  }
writeSync(1, JSON.stringify({ damaged }))
process.exit(0)
`

/** milliseconds for a walk */
const WALK_TIMEOUT_MS = 120_000

/** Appended at once, bytes. */
const PADDING = 1024 * 1024

/**
 * Looks through a database before it is trusted. A file may be shorter than its pages: those at its end that one transaction both took and gave back
 * are never written (`mdb_page_flush`). So a short one is looked through whatever its size, and filled up: what LMDB then reads beyond its old end are
 * pages of zeros, which it names, and not the end of the process.
 * @param maxBytes databases above this size are not looked through unless they are short, bytes
 * @throws BaseError `STORAGE_DAMAGED` that says what is wrong with it
 */
export async function inspect(folder: string, maxBytes: number): Promise<void> {
  const file = join(folder, 'data.mdb')
  const damaged = (...found: string[]) =>
    new BaseError('The LMDB store is damaged.', {
      code: 'STORAGE_DAMAGED',
      metaMessages: [
        `File: ${file}`,
        ...found,
        'A disk or another program changed the file. Restore it from a copy, or remove the folder and derive it from L1 again.',
      ],
    })
  const library = createRequire(import.meta.url).resolve('lmdb')
  const child = spawn(process.execPath, ['--no-warnings', '-e', WALK, library, folder, String(maxBytes)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: WALK_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  let printed = ''
  let complained = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complained = (complained + chunk.toString()).slice(-2_000)))
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', reject)
      child.once('close', (c, s) => resolve({ code: c, signal: s }))
    },
  )
  if (signal === 'SIGKILL')
    throw new BaseError('The LMDB store could not be looked through in time.', {
      code: 'STORAGE_FAILED',
      metaMessages: [`Folder: ${folder}`, `Expected an end within ${WALK_TIMEOUT_MS / 1_000} s.`],
    })
  const [length, result] = printed.split('\n')
  const { bytes, expected } = JSON.parse(length || '{"bytes":0,"expected":0}') as Length
  const short = bytes < expected ? [`Expected up to ${expected} bytes, got ${bytes}.`] : []
  if (signal !== null) throw damaged(`Reading it ends with ${signal}.`, ...short)
  if (code !== 0) throw damaged(`Reading it fails: ${firstLine(complained)}`, ...short)
  const found = JSON.parse(result!) as { damaged: string[] }
  if (found.damaged.length > 0)
    throw damaged(
      `Values that do not fit their checksums, under the keys ${found.damaged.join(', ')}.`,
      ...short,
    )
  fill(file, expected - bytes)
}

/** What the walk says first, bytes. */
interface Length {
  bytes: number
  expected: number
}

/** Appends zeros. Never writes over what is there, should somebody else have the database open against the rules. */
function fill(file: string, missing: number) {
  for (let left = missing; left > 0; left -= PADDING)
    appendFileSync(file, new Uint8Array(Math.min(left, PADDING)))
}

const firstLine = (text: string) =>
  text.split('\n').find((line) => /Error|error|Assert/.test(line)) ?? 'no reason was given'

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { BaseError } from '@animechain/core'

/**
 * Walks through every entry of a database. It runs in a process of its own: LMDB follows what a damaged page says, and dies with it.
 * Prints one line of JSON: the number of entries and the keys of damaged ones.
 */
const WALK = `
const { crc32 } = require('node:zlib')
const { statSync } = require('node:fs')
const [library, path, limit] = process.argv.slice(1)
const database = require(library).open({ path, noSubdir: false, readOnly: true, keyEncoding: 'binary', encoding: 'binary', cache: false })
const { pageSize, lastPageNumber } = database.getStats()
const bytes = statSync(path + '/data.mdb').size
const damaged = []
let entries = 0
const cut = (lastPageNumber + 1) * pageSize > bytes
if (!cut && bytes <= Number(limit))
  for (const { key, value } of database.getRange({})) {
    entries++
    const at = value.length - 4
    const good = at >= 0 && value.readUInt32BE(at) === crc32(value.subarray(0, at), crc32(key))
    if (!good && damaged.push(key.toString('hex')) >= 16) break
  }
console.log(JSON.stringify({ cut, bytes, expected: (lastPageNumber + 1) * pageSize, entries, damaged }))
process.exit(0)
`

/** milliseconds for a walk */
const WALK_TIMEOUT_MS = 120_000

/**
 * Looks through a database before it is trusted.
 * @param maxBytes databases above this size are only checked for their length, bytes
 * @throws BaseError `STORAGE_DAMAGED` that says what is wrong with it
 */
export async function inspect(folder: string, maxBytes: number): Promise<void> {
  const damaged = (...found: string[]) =>
    new BaseError('The LMDB store is damaged.', {
      code: 'STORAGE_DAMAGED',
      metaMessages: [
        `File: ${join(folder, 'data.mdb')}`,
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
  if (signal !== null) throw damaged(`Reading it ends with ${signal}.`)
  if (code !== 0) throw damaged(`Reading it fails: ${firstLine(complained)}`)
  const found = JSON.parse(printed) as {
    cut: boolean
    bytes: number
    expected: number
    damaged: string[]
  }
  if (found.cut) throw damaged(`Expected at least ${found.expected} bytes, got ${found.bytes}.`)
  if (found.damaged.length > 0)
    throw damaged(`Values that do not fit their checksums, under the keys ${found.damaged.join(', ')}.`)
}

const firstLine = (text: string) =>
  text.split('\n').find((line) => /Error|error|Assert/.test(line)) ?? 'no reason was given'

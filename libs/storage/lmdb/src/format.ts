import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError } from '@animechain/core'

/** What a value looks like: 2 has a checksum behind it. */
const FORMAT = 'animechain lmdb 2\n'

/** Takes a folder for this version, or finds that it is. @throws BaseError `STORAGE_FORMAT` for one that something else has begun */
export async function claimFormat(folder: string): Promise<void> {
  const path = join(folder, 'format')
  const found = await readFile(path, 'latin1').catch(() => undefined)
  if (found === FORMAT) return
  if (found !== undefined || existsSync(join(folder, 'data.mdb')))
    throw new BaseError('The LMDB store is not one of this version.', {
      code: 'STORAGE_FORMAT',
      metaMessages: [
        `Folder: ${folder}`,
        `Expected ${JSON.stringify(FORMAT.trim())} in its file "format", got ${JSON.stringify(found?.slice(0, 40).trim()) ?? 'no such file'}.`,
        'Give the node an empty folder: it derives the chain from L1.',
      ],
    })
  await writeFile(path, FORMAT)
}

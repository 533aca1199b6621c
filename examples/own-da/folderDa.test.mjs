// The suite that every backend of this project passes, on this one: npm test -w examples/own-da
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { daSuite } from '@animechain/conformance'
import { folderDa } from './folderDa.mjs'

const folder = mkdtempSync(join(tmpdir(), 'folder-da-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'da')

daSuite({
  name: 'folder',
  describe,
  test,
  create: async () => folderDa({ path }),
  reader: async () => folderDa({ path }),
  unreachable: async () => folderDa({ path: join(folder, 'not', 'there') }),
})

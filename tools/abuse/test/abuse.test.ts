import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

/** Bounds on memory and answers alone: how fast this machine is says nothing about the node. */
test('a few attacks neither lock an honest client out nor take the memory', async () => {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../src/main.mjs', import.meta.url)), '--small', '--seconds', '5'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('All bounds held.') })
}, 300_000)

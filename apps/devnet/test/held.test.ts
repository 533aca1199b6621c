import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { HELD, heldModule, startProgram } from '../src/processes.js'

test('a program that is held begins when it is told to, and ends when it is stopped before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'animechain-held-'))
  try {
    const path = join(folder, 'program.mjs')
    const began = join(folder, 'began')
    // A thread of it is not held.
    writeFileSync(
      path,
      `import { writeFileSync } from 'node:fs'
       import { Worker } from 'node:worker_threads'
       new Worker('', { eval: true }).once('exit', () => {
         writeFileSync(process.env.BEGAN, String(process.env.${HELD}))
         process.exit(3)
       })`,
    )
    const start = (name: string) =>
      startProgram({ name, path, env: { BEGAN: began }, logFile: join(folder, 'log'), held: heldModule()! })
    const stopped = start('stopped')
    await stopped.stop()
    const program = start('held')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(program.running()).toBe(true)
    program.go()
    expect(await program.exited).toBe(3)
    expect(readFileSync(began, 'utf8')).toBe('undefined')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)

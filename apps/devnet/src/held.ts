// Runs in front of a program (`--import`) that is started before it can begin: loads what it needs meanwhile, and waits for a message.
import { isMainThread } from 'node:worker_threads'
import { HELD } from './processes.js'

if (isMainThread && process.env[HELD]) {
  // What it starts itself is not to wait.
  delete process.env[HELD]
  const go = new Promise<void>((resolve) => process.once('message', () => resolve()))
  const orphaned = () => process.exit(1)
  process.once('disconnect', orphaned)
  await import('@animechain/stack')
  await go
  process.off('disconnect', orphaned)
}

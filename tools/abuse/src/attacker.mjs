// The attacker's process. Reads what to attack from its IPC channel, makes ready what is not to be measured, says so, and attacks when it is told to.
import { attacks } from './attacks.mjs'

process.once('disconnect', () => process.exit(0))
process.once('message', async ({ attack, target }) => {
  const { prepare, run } = attacks[attack]
  const prepared = await prepare?.(target)
  process.once('message', async (times) => {
    // What breaks here are the attacker's own connections.
    process.on('uncaughtException', () => {})
    process.on('unhandledRejection', () => {})
    const done = await run({ ...target, ...times }, prepared).catch((error) => ({ failed: String(error) }))
    process.send({ done: done ?? {} }, () => process.exit(0))
  })
  process.send({ ready: true })
})

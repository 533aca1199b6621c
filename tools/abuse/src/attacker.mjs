// The attacker's process. Reads what to attack from its IPC channel. Nice: on two cores it is the node's work that must starve nobody, not ours.
import { setPriority } from 'node:os'
import { attacks } from './attacks.mjs'

setPriority(5)
process.once('disconnect', () => process.exit(0))
process.once('message', async ({ attack, target }) => {
  // What breaks here are the attacker's own connections.
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
  const done = await attacks[attack].run(target)
  process.send({ done: done ?? {} }, () => process.exit(0))
})

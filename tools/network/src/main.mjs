// npm run network -- <what>: long runs against the verifier network. Exit code 0 only where everything held.
import { parseArgs } from 'node:util'
import { kills } from './kills.mjs'

const commands = {
  kills: [
    'kill -9 of a process that signs, by itself and for another one; --kills 300 --seed 1',
    { kills: 300, seed: 1 },
    kills,
  ],
}

/** The flags of a command, whole numbers from 1 on. */
function optionsOf(argv, defaults) {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }]))
  const { values } = parseArgs({ args: argv, options })
  const given = Object.entries(values).map(([name, text]) => {
    if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Expected a whole number as --${name}, got ${text}.`)
    return [name, Number(text)]
  })
  return { ...defaults, ...Object.fromEntries(given) }
}

export async function main(argv) {
  const [what, ...rest] = argv
  const command = commands[what]
  if (command === undefined) {
    console.log('npm run network -- <what>')
    for (const [name, [text]] of Object.entries(commands)) console.log(`  ${name.padEnd(8)} ${text}`)
    return what === undefined || what === '--help' ? 0 : 2
  }
  const [, defaults, work] = command
  let options
  try {
    options = optionsOf(rest, defaults)
  } catch (error) {
    console.error(error.message)
    return 2
  }
  return (await work(options)) ? 0 : 1
}

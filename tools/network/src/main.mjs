// npm run network -- <what>: long runs against the verifier network. Exit code 0 only where everything held.
import { parseArgs } from 'node:util'
import { flood } from './flood.mjs'
import { kills } from './kills.mjs'
import { partition } from './partition.mjs'

/** What each command does, its flags that are numbers with their defaults (undefined: the command's own), its flags that are words, and the work. */
const commands = {
  kills: {
    text: 'kill -9 of a process that signs, by itself and for another one; --kills 300 --seed 1',
    numbers: { kills: 300, seed: 1 },
    work: kills,
  },
  flood: {
    text: 'seven nodes gossip while one is flooded; --kind invalid|duplicates|unlisted --seconds 60 --rate 10000 --nodes 7',
    numbers: { seconds: undefined, rate: undefined, nodes: undefined },
    words: ['kind'],
    work: flood,
  },
  partition: {
    text: 'four of seven nodes are cut from three, in network namespaces (root); --seconds 30',
    numbers: { seconds: undefined },
    work: partition,
  },
  fleet: {
    text: 'many verifiers on a devnet: time from batch to certificate, memory and CPU of each; --verifiers 30 --batches 20, and seconds: --block 2 --l1-block 4 --batch 30 --poll 10 --epoch 30',
    numbers: { verifiers: 30, batches: 20, block: 2, 'l1-block': 4, batch: 30, poll: 10, epoch: 30 },
    work: async ({ 'l1-block': l1Block, ...options }) =>
      (await import('../dist/fleet.js')).fleet({ ...options, l1Block }),
  },
  books: {
    text: 'random actions on a model of stake and fast exits, in forge and on anvil; --actions 10000 --seed 1 --on all|anvil|forge|model',
    numbers: { actions: 10_000, seed: 1 },
    words: ['on'],
    // The others need no bundle.
    work: async (options) => (await import('../dist/books.js')).books(options),
  },
}

/** The flags of a command: numbers are whole, from 1 on. */
function optionsOf(argv, { numbers, words = [] }) {
  const names = [...Object.keys(numbers), ...words]
  const { values } = parseArgs({
    args: argv,
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  })
  const given = Object.entries(values).map(([name, text]) => {
    if (words.includes(name)) return [name, text]
    if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Expected a whole number as --${name}, got ${text}.`)
    return [name, Number(text)]
  })
  const defaults = Object.entries(numbers).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(defaults), ...Object.fromEntries(given) }
}

export async function main(argv) {
  const [what, ...rest] = argv
  const command = commands[what]
  if (command === undefined) {
    console.log('npm run network -- <what>')
    for (const [name, { text }] of Object.entries(commands)) console.log(`  ${name.padEnd(10)} ${text}`)
    return what === undefined || what === '--help' ? 0 : 2
  }
  let options
  try {
    options = optionsOf(rest, command)
  } catch (error) {
    console.error(error.message)
    return 2
  }
  return (await command.work(options)) ? 0 : 1
}

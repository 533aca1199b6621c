import { main } from './main.js'

process.exitCode = await main(process.argv.slice(2), {
  line: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
})

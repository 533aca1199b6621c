import { main } from '../dist/simulate.js'

process.exit(main(process.argv.slice(2)))

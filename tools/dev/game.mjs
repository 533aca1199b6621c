// npm run game: attacks the rules of the dispute game.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/game/dist/index.js', ...process.argv.slice(2)]))

// A process that is killed. `node signer.mjs <log> <mark> self <first batch>` asks itself for every root of one batch after the other and says what it got;
// `node signer.mjs <log> <mark> serve` is a remote signer. What it says has left it, also when it is killed in the next moment.
import { writeSync } from 'node:fs'
import { fileMark, localSigner, openSignatureLog, signerServer } from '@animechain/network-verifier'
import { account, attestation, domain, shuffled, token } from './signing.mjs'

const [path, mark, how, first] = process.argv.slice(2)
const say = (line) => writeSync(1, `${line}\n`)

async function open() {
  try {
    return await openSignatureLog({ path, marks: [fileMark(mark)], key: account.address, domain })
  } catch (error) {
    // One line whatever it is: who reads it judges.
    say(`failed ${error.code}`)
    process.exit(error.code === 'NETWORK_LOG_LOCKED' ? 0 : 1)
  }
}

// Whoever started it has ended otherwise than by killing it.
process.stdin.resume().once('end', () => process.exit(0))

const log = await open()
const signer = localSigner(log, account)
if (how === 'serve') {
  const server = signerServer({ signer, token, port: 0 })
  await server.start()
  say(`open ${server.url}`)
} else {
  say('open')
  for (let batch = Number(first); ; batch++)
    for (const root of shuffled(Math.random))
      try {
        const { message, signature } = await signer.attest(attestation(batch, root))
        say(`signed ${batch} ${message.outputRoot} ${signature}`)
      } catch (error) {
        say(error.code === 'NETWORK_SIGNED_OTHER' ? `refused ${batch}` : `failed ${error.code}`)
      }
}

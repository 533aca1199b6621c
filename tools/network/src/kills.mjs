// kill -9 of a process that signs, at random moments, and of one that signs for another. Whatever has left it is collected: a batch must have one signature.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSignatureLog, fileMark, openSignatureLog, remoteSigner } from '@animechain/network-verifier'
import { account, attestation, domain, shuffled, token } from './signing.mjs'

const program = fileURLToPath(new URL('signer.mjs', import.meta.url))

/** Numbers from 0 to 1 from a seed (mulberry32): which moments are tried, not what the machine makes of them. */
function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What has left the signers, and what of it must not be. */
function ledger() {
  const given = new Map()
  const counts = { signed: 0, again: 0, refused: 0, locked: 0 }
  const violations = []
  return {
    counts,
    violations,
    given,
    /** answers so far, of whatever kind */
    answers: () => counts.signed + counts.again + counts.refused,
    highest: () => [...given.keys()].reduce((most, batch) => Math.max(most, batch), 0),
    take(batch, root, signature) {
      const before = given.get(batch)
      if (before === undefined) {
        given.set(batch, { root, signature })
        counts.signed++
      } else if (before.signature === signature && before.root === root) counts.again++
      else violations.push(`batch ${batch} has two signatures, of ${before.root} and ${root}`)
    },
  }
}

/** A signer as a process. `opened` tells its first line. */
function start({ path, mark, how, first, book }) {
  const child = spawn(process.execPath, [program, path, mark, how, `${first}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })
  const opened = new Promise((resolve) => {
    lines.on('line', (line) => {
      const [what, batch, root, signature] = line.split(' ')
      if (what === 'signed' && signature?.length === 132) book.take(Number(batch), root, signature)
      else if (what === 'refused') book.counts.refused++
      else if (what === 'open') resolve(batch ?? 'open')
      else if (line === 'failed NETWORK_LOG_LOCKED') book.counts.locked++
      // The last line of a killed process may be cut; a whole one that says something else is a fault.
      else if (what === 'failed') book.violations.push(line)
    })
    ended.then(() => resolve(undefined))
  })
  return {
    opened,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Asks a remote signer for every root of one batch after the other, until it is gone. */
async function askAround(url, first, book, random) {
  const signer = remoteSigner({ url, token, address: account.address, domain, timeoutMs: 20_000 })
  for (let batch = first; ; batch++)
    for (const root of shuffled(random))
      try {
        const { message, signature } = await signer.attest(attestation(batch, root))
        book.take(batch, message.outputRoot, signature)
      } catch (error) {
        if (error.code === 'NETWORK_SIGNER_UNREACHABLE') return
        if (error.code === 'NETWORK_SIGNED_OTHER') book.counts.refused++
        else book.violations.push(`a remote signer failed: ${error.message}`)
      }
}

/** Whether a log ends with a whole record: a header of 128 bytes, records of 448. */
const isWhole = (size) => (size - 128) % 448 === 0

/** One life and death of a signer. */
async function killOnce({ path, mark, book, random }) {
  const serves = random() < 0.5
  const first = Math.max(1, book.highest() - 3)
  const signer = start({ path, mark, how: serves ? 'serve' : 'self', first, book })
  // Some die while they open the log.
  const opens = random() < 0.85
  const moment = opens ? random() * 20 : random() * 400
  // The others after some answers, so that a slow machine kills no less of what signs.
  const enough = book.answers() + Math.floor(random() * 24)
  const url = opens ? await signer.opened : undefined
  const asking = serves && url !== undefined ? askAround(url, first, book, random) : undefined
  // Another one that wants the log meanwhile.
  const rival = random() < 0.15 ? start({ path, mark, how: 'self', first, book }) : undefined
  if (url !== undefined)
    for (let waited = 0; book.answers() < enough && waited < 20_000; waited += 3) await sleep(3)
  await sleep(moment)
  // Some rivals look before the first one dies, and some after.
  if (random() < 0.5) await rival?.opened
  await signer.kill()
  await rival?.opened
  await rival?.kill()
  await asking
  // A disk that has part of a write: what a process alone hardly leaves. One part: before another write it was cut off.
  const { size } = await stat(path)
  if (random() < 0.3 && isWhole(size)) {
    const junk = Buffer.from(Array.from({ length: 1 + Math.floor(random() * 447) }, () => random() * 256))
    await appendFile(path, junk)
    return 1
  }
  return 0
}

/** Whether the log has what was given out, all of it and nothing else of these batches. */
async function checkLog({ path, mark, book }) {
  const marks = [fileMark(mark)]
  const log = await openSignatureLog({ path, marks, key: account.address, domain })
  for (const [batch, { root, signature }] of book.given) {
    const found = await log.find(BigInt(batch), attestation(batch, 0).batchAcc)
    if (found?.signature !== signature || found.message.outputRoot !== root)
      book.violations.push(`the log has not what was given out for batch ${batch}`)
  }
  const { count } = log.mark
  await log.close()
  return count
}

/**
 * @param options.kills how many
 * @param options.seed of the moments
 * @returns whether no batch has two signatures, and the log has all that was given out
 */
export async function kills({ kills: wanted, seed, log: say = console.log }) {
  const folder = await mkdtemp(join(tmpdir(), 'animechain-kills-'))
  const [path, mark] = [join(folder, 'signatures.log'), join(folder, 'mark')]
  const [book, random, began] = [ledger(), seeded(seed), Date.now()]
  try {
    await createSignatureLog({ path, marks: [fileMark(mark)], key: account.address, domain, floor: 0n })
    let torn = 0
    for (let killed = 1; killed <= wanted; killed++) {
      torn += await killOnce({ path, mark, book, random })
      if (killed % 25 === 0) say(`${killed} kills, ${book.counts.signed} signatures`)
    }
    const records = await checkLog({ path, mark, book })
    const { signed, again, refused, locked } = book.counts
    const { size } = await stat(path)
    say(`${signed} batches signed, ${again} signatures given again, ${refused} second roots refused`)
    say(`${torn} torn ends, ${locked} found the log in use; ${records} records, ${size} bytes`)
    const seconds = ((Date.now() - began) / 1_000).toFixed(1)
    say(`${wanted} kills, ${seconds} s in all, ${book.violations.length} violations`)
    for (const each of book.violations.slice(0, 50)) say(`  ${each}`)
    return book.violations.length === 0 && signed > 0 && refused > 0 && again > 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

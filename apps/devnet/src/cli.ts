#!/usr/bin/env node
import { isBaseError } from '@animechain/core'
import { relative } from 'node:path'
import { config } from './config.js'
import { devnet } from './devnet.js'
import { devnetToken } from './network/token.js'
import { devnetChainId, type Devnet } from './options.js'
import { users } from './roles.js'
import { onSignal } from './signals.js'
import { devnetStatus, statusLine } from './status.js'

const say = (text = '') => process.stdout.write(`${text}\n`)
const began = Number(process.env.ANIMECHAIN_STARTED_AT ?? Date.now())
const seconds = () => `${((Date.now() - began) / 1_000).toFixed(1)} s`

async function main(): Promise<number> {
  const loaded = config.load({ argv: process.argv.slice(2), env: process.env })
  if (loaded.status === 'text') {
    process.stdout.write(loaded.text)
    return 0
  }
  const { values } = loaded
  let ending: (why: string) => void = () => {}
  let stopping = false
  const ended = new Promise<string>((resolve) => {
    ending = (why) => {
      stopping = true
      resolve(why)
    }
  })
  onSignal((signal) => ending(signal))

  const starting = devnet({
    ...values,
    vault: values.vault || values.da === 'private',
    onPhase: (phase) => {
      if (!stopping) say(`[${seconds()}] ${phase}`)
    },
    onStep: ({ name, index, total, status }) => {
      if (status !== 'sent' && !stopping)
        say(
          `          ${String(index + 1).padStart(2)}/${total} ${name}${status === 'present' ? ' (present)' : ''}`,
        )
    },
  })
  const net = await Promise.race([starting, ended.then(() => undefined)])
  if (!net) {
    say('Stopping ...')
    await starting.then((running) => running.stop()).catch(() => {})
    return 130
  }
  try {
    introduce(net)
    if (values.exitAfter !== undefined) setTimeout(() => ending('the time is over'), values.exitAfter * 1_000)
    const failed = net.failed.then((name) => `failed:${name}`)
    const status = values.status ? showStatus(net) : undefined
    const why = await Promise.race([ended, failed])
    status?.()
    if (why.startsWith('failed:')) {
      process.stderr.write(
        `\n${why.slice(7)} ended by itself. Its log: ${relative('.', net.directory)}/logs/${why.slice(7)}.log\n`,
      )
      return 1
    }
    return 0
  } finally {
    say('\nStopping ...')
    await net.stop()
    say('Stopped. Start again to go on, or with --reset to begin anew.')
  }
}

function introduce(net: Devnet): void {
  say()
  say(`Ready after ${seconds()}`)
  say()
  say(`  L1 JSON-RPC     ${net.l1Url}   chain ${net.deployment.l1.id}`)
  say(`  L2 JSON-RPC     ${net.l2Url}   chain ${devnetChainId}, WebSocket ${net.l2WsUrl}`)
  if (net.verifierUrl) say(`  verifier        ${net.verifierUrl}`)
  if (net.bridgeUrl) say(`  bridge          ${net.bridgeUrl}`)
  if (net.altDaUrl) say(`  alt-DA server   ${net.altDaUrl}, S3 over a folder ${net.s3Url}`)
  for (const { name, gossipUrl } of net.network ?? []) say(`  gossip          ${gossipUrl} (${name})`)
  if (net.network) say(`  token           ${devnetToken} on L1, cover besides ETH`)
  if (net.vaultUrls) say(`  private store   ${net.vaultUrls.join(' ')}`)
  for (const [name, url] of Object.entries(net.metricsUrls))
    if (name === 'sequencer' || net.programs[name as 'verifier'])
      say(`  metrics         ${url}/metrics (${name})`)
  say(`  for tools       ${relative('.', net.chainFile)} (viem chain objects and addresses)`)
  if (net.committeeFile)
    say(`                  ${relative('.', net.committeeFile)} (members of the private store)`)
  say()
  say('Accounts with 10,000 ETH on both chains (the well-known test mnemonic; never use them elsewhere):')
  for (const { address, privateKey } of users) say(`  ${address}  ${privateKey}`)
  say()
}

/** Keeps one line at the bottom of a terminal; a line every ten seconds where the output is no terminal. */
function showStatus(net: Devnet): () => void {
  const terminal = process.stdout.isTTY === true
  let busy = false
  const timer = setInterval(
    () => {
      if (busy) return
      busy = true
      devnetStatus(net)
        .then(
          (status) =>
            terminal ? process.stdout.write(`\r\x1b[2K${statusLine(status)}`) : say(statusLine(status)),
          () => {},
        )
        .finally(() => (busy = false))
    },
    terminal ? 1_000 : 10_000,
  )
  return () => clearInterval(timer)
}

try {
  process.exit(await main())
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? (isBaseError(error) ? error.message : error.stack) : String(error)}\n`,
  )
  process.exit(1)
}

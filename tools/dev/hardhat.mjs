// Hardhat's node, another implementation of an L1. It is installed when first needed: nobody should download its 290 MB for `npm install`.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The newest that runs on Node 20. */
export const HARDHAT = '2.29.1'
const INSTALL_LIMIT_MS = 300_000
const START_LIMIT_MS = 60_000

const folder = fileURLToPath(new URL('.cache/hardhat/', import.meta.url))
const entry = join(folder, 'node_modules/hardhat/internal/cli/bootstrap.js')

const exitOf = (child) =>
  new Promise((resolve) => {
    child.once('error', () => resolve(-1))
    child.once('close', (code) => resolve(code))
  })

async function installHardhat() {
  if (existsSync(entry)) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  console.log(`Installing hardhat ${HARDHAT} ...`)
  const args = ['install', `hardhat@${HARDHAT}`, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const code = await exitOf(spawn('npm', args, { cwd: folder, stdio: 'ignore', timeout: INSTALL_LIMIT_MS }))
  if (code !== 0) throw new Error(`hardhat ${HARDHAT} could not be installed`)
}

/**
 * Starts Hardhat's node on a free port of loopback, installing it if need be.
 * @param {{ port: number, network: Record<string, unknown>, cache: string }} options `network`: its settings; `cache`: a folder for its files
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function hardhatNode({ port, network, cache }) {
  await installHardhat()
  // It takes a configuration only from a file in the folder of its project.
  const config = join(folder, `hardhat.${port}.config.js`)
  writeFileSync(
    config,
    `module.exports = ${JSON.stringify({ solidity: '0.8.28', paths: { cache }, networks: { hardhat: network } })}\n`,
  )
  const child = spawn(
    process.execPath,
    [entry, '--config', config, 'node', '--hostname', '127.0.0.1', '--port', String(port)],
    {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true', NO_UPDATE_NOTIFIER: '1' },
    },
  )
  const ended = exitOf(child)
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(config, { force: true })
  }
  const url = `http://127.0.0.1:${port}`
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
  const headers = { 'content-type': 'application/json' }
  for (const began = Date.now(); ;) {
    if (child.exitCode !== null) throw new Error(`hardhat ended with code ${child.exitCode}`)
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined)
    if (answer?.ok) return { url, stop }
    if (Date.now() - began > START_LIMIT_MS) {
      await stop()
      throw new Error('hardhat did not answer within a minute')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

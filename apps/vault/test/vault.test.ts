import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testAccount, testPrivateKey } from '@animechain/testing'
import { formatCommittee } from '@animechain/vault-protocol'
import { world, type World } from '../../../libs/vault/client/test/committee.js'
import { exitCodeOf, runCommand, vaultConfig } from '../src/index.js'

let net: World
let folder: string
const at = (name: string) => join(folder, name)

/** Runs a command line as the program does. Gives what it printed and its exit code. */
async function run(home: string, ...argv: string[]) {
  const lines: string[] = []
  const warned: string[] = []
  const bytes: Uint8Array[] = []
  let json: unknown
  const loaded = vaultConfig.load({
    argv: [
      ...['--committee', at('committee.json'), '--home', at(home), '--l2-rpc-url', net.chainUrl],
      ...argv,
    ],
    env: {},
  })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  const output = {
    say: (line: string) => lines.push(line),
    result(value: unknown, shown: readonly string[]) {
      json = value
      lines.push(...shown)
    },
    warn: (line: string) => warned.push(line),
    bytes: async (each: Uint8Array) => void bytes.push(each.slice()),
    progress: { show: () => undefined, end: () => undefined },
  }
  const code = await runCommand(loaded.positionals, loaded.values, output, new AbortController().signal)
  return { code, lines, warned, json: json as Record<string, never>, bytes: Buffer.concat(bytes) }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vault-cli-'))
  net = await world()
  const seats = net.committee.nodes.map(({ address, url, shareKey }) => ({ address, url, shareKey }))
  writeFileSync(
    at('committee.json'),
    formatCommittee({
      ...{ version: 1, epoch: 1n, chainId: 31_337, l1ChainId: 31_337, registry: net.contracts.registry },
      storage: { threshold: 4, members: seats },
      keys: { threshold: 3, members: seats },
    }),
  )
}, 120_000)
afterAll(async () => {
  await net?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('vault', () => {
  const film = Buffer.alloc(600_000, 'frame by frame ')

  it('makes a key file that is its owner’s alone, and a project', async () => {
    const made = await run('owner', 'init', '--account', testPrivateKey(0), '--passphrase', 'correct horse')
    expect(made.code).toBe(0)
    expect(statSync(at('owner/key.json')).mode & 0o777).toBe(0o600)
    expect(readFileSync(at('owner/key.json'), 'utf8')).not.toContain(testPrivateKey(0).slice(2, 20))
    await expect(run('owner', 'key')).rejects.toThrow('it is encrypted')
    await expect(run('owner', 'key', '--passphrase', 'wrong')).rejects.toThrow(
      'the passphrase is another one',
    )
    await run('animator', 'init', '--account', testPrivateKey(1), '--project', made.json.project!)
    const key = await run('animator', 'key')
    expect(key.json.account).toBe(testAccount(1).address)
    chmodSync(at('animator/key.json'), 0o644)
    await expect(run('animator', 'key')).rejects.toThrow('others may read it')
    chmodSync(at('animator/key.json'), 0o600)
    const error = await run('nobody', 'ls').catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'VAULT_KEY_FILE' })
    expect(exitCodeOf(error)).toBe(1)
    await net.safe()
  })

  it('puts, lists and gets files and ranges of them', async () => {
    writeFileSync(at('film.mp4'), film)
    const owner = ['--passphrase', 'correct horse']
    const put = await run('owner', 'put', at('film.mp4'), 'episode-1/film.mp4', ...owner)
    expect(put.json).toMatchObject({ name: 'episode-1/film.mp4', version: 1, margin: 2, length: film.length })
    await run('owner', 'put', at('film.mp4'), 'episode-1/film.mp4', '--rendition', '1', ...owner)
    const list = await run('owner', 'ls', 'episode-1', ...owner)
    expect(list.lines).toEqual([
      'episode-1/film.mp4  rendition 0  585.9 KiB  version 1  video/mp4',
      'episode-1/film.mp4  rendition 1  585.9 KiB  version 1  video/mp4',
    ])
    const range = await run('owner', 'get', 'episode-1/film.mp4', '--range', '262140-262149', ...owner)
    expect(range.bytes).toEqual(film.subarray(262_140, 262_150))
    await run('owner', 'get', 'episode-1/film.mp4', '--out', at('copy.mp4'), ...owner)
    expect(readFileSync(at('copy.mp4'))).toEqual(film)
    await expect(run('owner', 'get', 'episode-1/film.mp4', '--range', '700000-', ...owner)).rejects.toThrow(
      'one within the 600000 bytes',
    )
  })

  it('grants, says who may not and why, revokes, and shows it all in an audit without a network', async () => {
    const owner = ['--passphrase', 'correct horse']
    const to = ['--to', testAccount(1).address, '--renditions', 'proxy', '--expires', '1d']
    const granted = await run(
      'owner',
      'grant',
      'episode-1/film.mp4',
      ...to,
      '--out',
      at('pass.json'),
      ...owner,
    )
    const id = String(granted.json.id)
    const read = ['get', 'episode-1/film.mp4', '--pass', at('pass.json')]
    const opened = await run('animator', ...read, '--rendition', '1', '--range', '-10')
    expect(opened.bytes).toEqual(film.subarray(-10))
    const denied = await run('animator', ...read).catch((error: unknown) => error)
    expect(denied).toMatchObject({ message: expect.stringContaining('the grant is for other renditions') })
    expect(exitCodeOf(denied)).toBe(4)
    expect((await run('owner', 'grants', ...owner)).lines[0]).toContain('renditions 1 for view  until')

    const revoked = await run('owner', 'revoke', id, ...owner)
    expect(revoked.lines[0]).toMatch(/^Revoked: 5 of 5 key nodes at once/)
    const after = await run('animator', ...read, '--rendition', '1').catch((error: unknown) => error)
    expect(after).toMatchObject({ message: expect.stringContaining('the grant was taken back') })

    const live = await run('owner', 'audit', '--collect', at('audit'), ...owner)
    expect(live.lines.at(-2)).toBe('Nothing is wrong with what the nodes showed.')
    expect(live.code).toBe(0)
    const offline = await run(
      'anybody',
      'audit',
      '--offline',
      at('audit'),
      '--l2-rpc-url',
      'http://127.0.0.1:1',
    )
    expect(offline.json).toMatchObject({ ok: true, findingCount: 0, opened: live.json.opened })
    const [file] = readdirSync(at('audit')).filter((name) => name.startsWith('receipts-'))
    const lines = readFileSync(at(`audit/${file}`), 'utf8').split('\n')
    writeFileSync(at(`audit/${file}`), [...lines.slice(0, 1), ...lines.slice(2)].join('\n'))
    const cut = await run('anybody', 'audit', '--offline', at('audit'))
    expect(cut.code).toBe(3)
    expect(cut.lines.filter((line) => line.startsWith('FOUND'))).toEqual([
      expect.stringMatching(/^FOUND dropped: 0x[0-9a-f]{40} receipt 1: /),
    ])
  })

  it('reads by the files of several committees what is with an earlier one', async () => {
    const owner = ['--passphrase', 'correct horse']
    const { epoch, nodes } = await net.another()
    const file = {
      ...{ version: 1 as const, epoch, chainId: 31_337, l1ChainId: 31_337, registry: net.contracts.registry },
      storage: { threshold: 4, members: nodes },
      keys: { threshold: 3, members: nodes },
    }
    writeFileSync(at('committee-2.json'), formatCommittee(file))
    const both = ['--committee', `${at('committee-2.json')},${at('committee.json')}`]
    const got = await run('owner', 'get', 'episode-1/film.mp4', '--range', '5-9', ...both, ...owner)
    expect(got.bytes).toEqual(film.subarray(5, 10))
    await expect(
      run('owner', 'get', 'episode-1/film.mp4', '--committee', at('committee-2.json'), ...owner),
    ).rejects.toThrow()
    const twice = ['--committee', `${at('committee.json')},${at('committee.json')}`]
    await expect(run('owner', 'ls', ...twice, ...owner)).rejects.toThrow('two of epoch 1')
    writeFileSync(at('committee-3.json'), formatCommittee({ ...file, epoch: 3n, chainId: 5 }))
    const other = ['--committee', `${at('committee-3.json')},${at('committee.json')}`]
    await expect(run('owner', 'ls', ...other, ...owner)).rejects.toThrow('files of chain 5')
  })

  it('erases when told twice, and shows how the nodes are', async () => {
    const owner = ['--passphrase', 'correct horse']
    const error = await run('owner', 'erase', 'episode-1', ...owner).catch((cause: unknown) => cause)
    expect(exitCodeOf(error)).toBe(2)
    const erased = await run('owner', 'erase', 'episode-1', '--yes', ...owner)
    expect(erased.lines[0]).toMatch(/^Erased: 1 objects at 5 of 5 nodes/)
    expect((await run('owner', 'ls', ...owner)).lines).toEqual([])
    const committee = await run('owner', 'committee', ...owner)
    expect(committee.code).toBe(0)
    expect(committee.lines).toHaveLength(5)
    await expect(run('owner', 'fly', ...owner)).rejects.toThrow('expected init, key, put')
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { createSignatureLog, fileMark, openSignatureLog } from '@animechain/network-verifier'
import { keccak256, toHex, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const program = fileURLToPath(new URL('../src/signer.mjs', import.meta.url))
const account = privateKeyToAccount(keccak256(toHex('a key that is killed')))

test('a disk that takes part of a record gives no signature out, and the log goes on afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'animechain-full-'))
  const [path, mark] = [join(folder, 'signatures.log'), join(folder, 'mark')]
  const domain = { chainId: 31_337, registry: `0x${'a1'.repeat(20)}` } as const
  const options = { path, marks: [fileMark(mark)], key: account.address, domain }
  try {
    await createSignatureLog({ ...options, floor: 0n })
    // Files of at most 2,048 bytes: a header, a floor, three signatures, and 128 bytes of a fourth.
    const child = spawn(
      'bash',
      ['-c', `ulimit -f 2; exec "$@"`, 'bash', process.execPath, program, path, mark, 'self', '1'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    const ended = once(child, 'close')
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (line.startsWith('failed') && child.exitCode === null) child.kill('SIGKILL')
    }
    await ended
    const signed = lines.flatMap((line) => {
      const [what, batch, , signature] = line.split(' ')
      return what === 'signed' ? [{ batch: BigInt(batch!), signature: signature as Hex }] : []
    })
    expect(lines.find((line) => line.startsWith('failed'))).toBe('failed NETWORK_LOG_BROKEN')
    expect(signed.map(({ batch }) => batch)).toEqual([1n, 2n, 3n])
    expect((await readFile(path)).length).toBe(2_048)

    const log = await openSignatureLog(options)
    expect(log.mark.count).toBe(4)
    for (const { batch, signature } of signed)
      expect((await log.find(batch, keccak256(toHex(`acc ${batch}`))))?.signature).toBe(signature)
    expect(await log.find(4n, keccak256(toHex('acc 4')))).toBeUndefined()
    await log.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)

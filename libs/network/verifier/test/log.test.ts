import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, open, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { signMessage, type Attestation } from '@animechain/network-protocol'
import { createSignatureLog, fileMark, localSigner, openSignatureLog } from '../src/index.js'
import {
  decodeHeader,
  decodeRecord,
  encodeFloor,
  encodeRecord,
  newHeader,
  recordKinds,
} from '../src/log/format.js'
import {
  account,
  attestation,
  domain,
  folder,
  hash,
  newLog,
  opened,
  options,
  other,
  removeFolders,
} from './world.js'

afterEach(removeFolders)

const RECORD = 448
const HEADER = 128
const sign = (message: Attestation) => signMessage(account, 'attestation', domain, message)

describe('a batch', () => {
  test('has one signature, byte for byte the same over a restart', async () => {
    const path = await newLog()
    const first = await opened(path)
    const signed = await first.signer.attest(attestation(7))
    expect(signed).toEqual(await sign(attestation(7)))
    expect(await first.signer.attest(attestation(7))).toEqual(signed)
    // Of another game, epoch or tree: the one that there is.
    const again = attestation(7, { game: `0x${'cc'.repeat(20)}`, epoch: 4n, blocksRoot: hash('other') })
    expect(await first.signer.attest(again)).toEqual(signed)
    const lie = attestation(7, { outputRoot: hash('lie') })
    await expect(first.signer.attest(lie)).rejects.toMatchObject({ code: 'NETWORK_SIGNED_OTHER' })
    await first.log.close()

    const second = await opened(path)
    expect(await second.signer.attest(again)).toEqual(signed)
    expect(
      await second.log.find(7n, hash('acc 7').toUpperCase().replace('0X', '0x') as `0x${string}`),
    ).toEqual(signed)
    await expect(second.signer.attest(lie)).rejects.toMatchObject({
      code: 'NETWORK_SIGNED_OTHER',
      message: expect.stringContaining(`Signed: ${hash('root 7')}`),
    })
    // Another history of L1 is another batch.
    const reorged = attestation(7, { batchAcc: hash('reorged'), outputRoot: hash('other root') })
    expect((await second.signer.attest(reorged)).message).toEqual(reorged)
    expect(second.log.mark.count).toBe(3)
    await second.log.close()
    await expect(second.signer.attest(lie)).rejects.toMatchObject({ code: 'NETWORK_LOG_CLOSED' })
  })

  test('asked for twice at once is signed once', async () => {
    const { log, signer } = await opened(await newLog())
    const roots = Array.from({ length: 20 }, (_, i) => attestation(1, { outputRoot: hash(`root ${i % 4}`) }))
    const settled = await Promise.allSettled(roots.map((each) => signer.attest(each)))
    const given = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(given).toHaveLength(5)
    expect(new Set(given.map(({ signature }) => signature)).size).toBe(1)
    expect(log.mark.count).toBe(2)
    await log.close()
  })

  test('is on disk before its signature leaves', async () => {
    const path = await newLog()
    const { log, signer } = await opened(path)
    for (let batch = 1; batch <= 5; batch++) {
      const { signature } = await signer.attest(attestation(batch))
      expect((await readFile(path)).includes(Buffer.from(signature.slice(2), 'hex'))).toBe(true)
    }
    await log.close()
  })

  test('is synced before its signature leaves, and after a sync that failed nothing is signed', async () => {
    const path = await newLog()
    const { log, signer } = await opened(path)
    const probe = await open(path)
    const files = Object.getPrototypeOf(probe) as { sync: () => Promise<void> }
    await probe.close()
    const real = files.sync
    const order: string[] = []
    files.sync = async function (this: unknown) {
      await real.call(this)
      order.push('synced')
    }
    try {
      await signer.attest(attestation(1)).then(() => order.push('left'))
      expect(order).toEqual(['synced', 'left'])
      files.sync = () => Promise.reject(new Error('EIO'))
      await expect(signer.attest(attestation(2))).rejects.toMatchObject({ code: 'NETWORK_LOG_BROKEN' })
    } finally {
      files.sync = real
    }
    // What is on the disk now nobody knows before the file is read again.
    await expect(signer.attest(attestation(3))).rejects.toMatchObject({ code: 'NETWORK_LOG_BROKEN' })
    await expect(signer.attest(attestation(2))).rejects.toMatchObject({ code: 'NETWORK_LOG_BROKEN' })
    await log.close()
    const again = await opened(path)
    await again.signer.attest(attestation(3))
    await again.log.close()
  })

  test('of a key that is not the log’s is not signed', async () => {
    const { log } = await opened(await newLog())
    await expect(localSigner(log, other).attest(attestation(1))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(log.mark.count).toBe(1)
    await log.close()
  })
})

describe('a log', () => {
  test('is begun once, and one that is lost is not an empty one', async () => {
    const path = join(folder(), 'signatures.log')
    await expect(openSignatureLog(options(path))).rejects.toMatchObject({ code: 'ENOENT' })
    await createSignatureLog({ ...options(path), floor: 3n })
    const bytes = await readFile(path)
    await expect(createSignatureLog({ ...options(path), floor: 0n })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await readFile(path)).toEqual(bytes)
    const { log, signer } = await opened(path)
    await expect(signer.attest(attestation(2))).rejects.toMatchObject({ code: 'NETWORK_BELOW_FLOOR' })
    await signer.attest(attestation(3))
    await log.close()
    // Of this key, on this chain, alone.
    await expect(openSignatureLog({ ...options(path), key: other.address })).rejects.toThrow('Invalid key')
    await expect(openSignatureLog({ ...options(path), domain: { ...domain, chainId: 1 } })).rejects.toThrow(
      'Invalid domain',
    )
  })

  test('ends where a crash cut it, at every byte', async () => {
    const path = await newLog()
    const { log, signer } = await opened(path)
    const first = await signer.attest(attestation(1))
    await log.close()
    const whole = await readFile(path)
    const after = await opened(path)
    await after.signer.attest(attestation(2))
    await after.log.close()
    const longer = await readFile(path)
    expect(longer.length - whole.length).toBe(RECORD)
    for (let length = whole.length; length < longer.length; length += 67) {
      // What was written of the record, and sectors that were not.
      for (const zeros of [0, Math.min(32, longer.length - length - 1)]) {
        const tail = Buffer.concat([longer.subarray(0, length), Buffer.alloc(zeros)])
        await writeFile(path, tail)
        const torn = await opened(path)
        expect(torn.log.mark.count).toBe(2)
        expect((await readFile(path)).length).toBe(whole.length)
        expect(await torn.signer.attest(attestation(1))).toEqual(first)
        // Its signature has not left: the batch may have another root.
        if (zeros > 0) await torn.signer.attest(attestation(2, { outputRoot: hash('another') }))
        await torn.log.close()
      }
    }
    // As long as it should be, but for sectors that were not written.
    expect(whole.length).toBe(1_024)
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(RECORD)]))
    const unwritten = await opened(path)
    expect(unwritten.log.mark.count).toBe(2)
    for (let batch = 2; batch <= 3; batch++) await unwritten.signer.attest(attestation(batch))
    await unwritten.log.close()
    const [full, boundary] = [await readFile(path), 1_536]
    await writeFile(path, Buffer.concat([full.subarray(0, boundary), Buffer.alloc(full.length - boundary)]))
    const cut = await opened(path)
    expect(cut.log.mark.count).toBe(3)
    await cut.log.close()
  })

  test('that was changed is refused, and left as it is', async () => {
    const path = await newLog()
    const { log, signer } = await opened(path)
    for (let batch = 1; batch <= 3; batch++) await signer.attest(attestation(batch))
    await log.close()
    const whole = await readFile(path)
    for (let at = 0; at < whole.length; at += 61) {
      const changed = Buffer.from(whole)
      changed[at]! ^= 1
      await writeFile(path, changed)
      await expect(openSignatureLog(options(path))).rejects.toMatchObject({ code: 'NETWORK_LOG_DAMAGED' })
      expect(await readFile(path)).toEqual(changed)
    }
    // Records swapped, left out, doubled, of another log.
    const record = (i: number) => whole.subarray(HEADER + i * RECORD, HEADER + (i + 1) * RECORD)
    const head = whole.subarray(0, HEADER)
    const strange = await readFile(await newLog())
    for (const parts of [
      [head, record(0), record(2), record(1), record(3)],
      [head, record(0), record(2), record(3)],
      [head, record(0), record(1), record(1), record(2)],
      [strange.subarray(0, HEADER), record(0), record(1)],
      [head.subarray(0, 60)],
      [],
    ]) {
      await writeFile(path, Buffer.concat(parts))
      await expect(openSignatureLog(options(path))).rejects.toMatchObject({ code: 'NETWORK_LOG_DAMAGED' })
    }
  })

  test('reads nothing out of other bytes, and throws for none', () => {
    const header = newHeader({ key: account.address.toLowerCase() as `0x${string}`, domain })
    const { head } = decodeHeader(header)!
    const record = encodeRecord(recordKinds.floor, encodeFloor(7n), head)
    expect(decodeRecord(record, head)).toMatchObject({ kind: 3 })
    const bytes = (whole: Uint8Array) =>
      fc.oneof(
        fc.uint8Array({ maxLength: 600 }),
        fc.uint8Array({ minLength: whole.length, maxLength: whole.length }),
        fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
          const changed = whole.slice()
          changed[at]! ^= flip
          return changed
        }),
      )
    fc.assert(fc.property(bytes(header), (given) => decodeHeader(given) === undefined))
    fc.assert(fc.property(bytes(record), (given) => decodeRecord(given, head) === undefined))
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (other) => decodeRecord(record, other) === undefined,
      ),
    )
    // A kind that a later version may have.
    const strange = encodeRecord(9 as never, encodeFloor(7n), head)
    expect(decodeRecord(strange, head)).toBeUndefined()
  })

  test('that another program writes to signs nothing more', async () => {
    const path = await newLog()
    const { log, signer } = await opened(path)
    await signer.attest(attestation(1))
    await writeFile(path, 'more', { flag: 'a' })
    await expect(signer.attest(attestation(2))).rejects.toMatchObject({ code: 'NETWORK_LOG_ROLLED_BACK' })
    expect(await signer.attest(attestation(1))).toEqual(await sign(attestation(1)))
    await log.close()
  })
})

describe('an old copy', () => {
  test('is found by the mark that was kept elsewhere', async () => {
    const mark = fileMark(join(folder(), 'mark'))
    const path = await newLog({ marks: [mark] })
    const first = await opened(path, [mark])
    await first.signer.attest(attestation(1))
    await first.log.close()
    await copyFile(path, `${path}.backup`)
    const second = await opened(path, [mark])
    await second.signer.attest(attestation(2))
    await second.log.close()
    const newest = await readFile(path)

    await copyFile(`${path}.backup`, path)
    await expect(openSignatureLog(options(path, [mark]))).rejects.toMatchObject({
      code: 'NETWORK_LOG_ROLLED_BACK',
      message: expect.stringContaining('expected 3 records at least, as its mark says, got 2'),
    })
    // A copy that went on by itself, to the same length.
    const alone = await opened(path)
    await alone.signer.attest(attestation(2, { outputRoot: hash('another') }))
    await alone.log.close()
    await expect(openSignatureLog(options(path, [mark]))).rejects.toThrow('record 3 is another')
    // A new log in its place.
    await rm(path)
    await expect(createSignatureLog({ ...options(path, [mark]), floor: 0n })).rejects.toMatchObject({
      code: 'NETWORK_LOG_ROLLED_BACK',
    })
    await createSignatureLog({ ...options(path), floor: 0n })
    await expect(openSignatureLog(options(path, [mark]))).rejects.toThrow('its mark is of another log')
    await rm(path)
    await createSignatureLog({ ...options(path, [mark]), floor: 3n, replaceMarks: true })
    await (await opened(path, [mark])).log.close()
    // The newest one fits its own mark again only when that is put back.
    await writeFile(path, newest)
    await expect(openSignatureLog(options(path, [mark]))).rejects.toMatchObject({
      code: 'NETWORK_LOG_ROLLED_BACK',
    })
  })

  test('that signs at the same time is found by the mark', async () => {
    const mark = fileMark(join(folder(), 'mark'))
    const path = await newLog({ marks: [mark] })
    const copy = join(folder(), 'copy.log')
    await copyFile(path, copy)
    const [here, there] = [await opened(path, [mark]), await opened(copy, [mark])]
    await here.signer.attest(attestation(1))
    const lie = attestation(1, { outputRoot: hash('lie') })
    await expect(there.signer.attest(lie)).rejects.toThrow('its mark was moved by another process')
    await expect(there.signer.attest(lie)).rejects.toThrow('its mark was moved by another process')
    await here.signer.attest(attestation(2))
    await Promise.all([here.log.close(), there.log.close()])
  })

  test('whose mark is one record behind, as after a crash, goes on', async () => {
    const place = join(folder(), 'mark')
    const mark = fileMark(place)
    const path = await newLog({ marks: [mark] })
    const before = await readFile(place)
    const first = await opened(path, [mark])
    const signed = await first.signer.attest(attestation(1))
    await first.log.close()
    await writeFile(place, before)
    const second = await opened(path, [mark])
    expect(await second.signer.attest(attestation(1))).toEqual(signed)
    expect(await mark.read()).toEqual(second.log.mark)
    await second.log.close()
    await writeFile(place, 'no mark')
    await expect(openSignatureLog(options(path, [mark]))).rejects.toMatchObject({
      code: 'NETWORK_LOG_DAMAGED',
    })
  })

  test('a mark that cannot be kept holds the signature back, which comes once it can', async () => {
    const inner = fileMark(join(folder(), 'mark'))
    let isDown = false
    const mark = {
      ...inner,
      advance: async (...args: Parameters<typeof inner.advance>) => {
        if (isDown) throw new Error('the place is away')
        return inner.advance(...args)
      },
    }
    const path = await newLog({ marks: [mark] })
    const { log, signer } = await opened(path, [mark])
    isDown = true
    await expect(signer.attest(attestation(1))).rejects.toMatchObject({ code: 'NETWORK_LOG_BROKEN' })
    await expect(signer.attest(attestation(1, { outputRoot: hash('other') }))).rejects.toMatchObject({
      code: 'NETWORK_SIGNED_OTHER',
    })
    isDown = false
    expect(await signer.attest(attestation(1))).toEqual(await sign(attestation(1)))
    expect(await inner.read()).toEqual(log.mark)
    await log.close()
  })

  test('is found by what the key signed elsewhere, and signs nothing new until a floor is above it', async () => {
    const path = await newLog()
    const { log, signer } = await opened(path)
    const known = await signer.attest(attestation(1))
    expect(await signer.observe(known)).toBe('known')
    const seen = await sign(attestation(5))
    expect(await signer.observe(seen)).toBe('unknown')
    expect(await signer.observe(seen)).toBe('known')
    expect(log.frozenBy?.batchIndex).toBe(5n)
    await log.close()

    // Also after a restart.
    const second = await opened(path)
    await expect(second.signer.attest(attestation(2))).rejects.toMatchObject({ code: 'NETWORK_LOG_FROZEN' })
    expect(await second.signer.attest(attestation(1))).toEqual(known)
    expect(await second.signer.attest(attestation(5))).toEqual(seen)
    await expect(second.signer.attest(attestation(5, { outputRoot: hash('other') }))).rejects.toMatchObject({
      code: 'NETWORK_SIGNED_OTHER',
    })
    await expect(second.log.raiseFloor(5n)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await second.log.raiseFloor(9n)
    await expect(second.signer.attest(attestation(8))).rejects.toMatchObject({ code: 'NETWORK_BELOW_FLOOR' })
    await second.signer.attest(attestation(9))
    // What comes late of the time before is expected.
    expect(await second.signer.observe(await sign(attestation(8)))).toBe('old')
    expect(second.log.frozenBy).toBeUndefined()
    await expect(second.log.raiseFloor(3n)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await second.log.close()
  })

  test('is found by a contradiction, which is written once', async () => {
    const { log, signer } = await opened(await newLog())
    const own = await signer.attest(attestation(4))
    const seen = await sign(attestation(4, { outputRoot: hash('elsewhere') }))
    expect(await signer.observe(seen)).toBe('contradicts')
    expect(await signer.observe(seen)).toBe('contradicts')
    expect(log.mark.count).toBe(3)
    expect(await signer.attest(attestation(4))).toEqual(own)
    await expect(signer.attest(attestation(5))).rejects.toMatchObject({ code: 'NETWORK_LOG_FROZEN' })
    await log.raiseFloor(10n)
    expect(await signer.observe(seen)).toBe('contradicts')
    await signer.attest(attestation(10))
    const strange = await signMessage(other, 'attestation', domain, attestation(6))
    await expect(signer.observe(strange)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await log.close()
  })
})

describe('the lock', () => {
  const locks = async (path: string) =>
    (await readdir(dirname(path))).filter((name) => name.includes('.lock.')).sort()

  test('gives a log to one process at a time, and takes it over from a dead one', async () => {
    const path = await newLog()
    const { log } = await opened(path)
    await expect(opened(path)).rejects.toMatchObject({ code: 'NETWORK_LOG_LOCKED' })
    await log.close()
    expect(await locks(path)).toEqual(['signatures.log.lock.1'])

    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
    try {
      await writeFile(`${path}.lock.2`, `${child.pid} - ${hostname()}`)
      await expect(opened(path)).rejects.toMatchObject({
        code: 'NETWORK_LOG_LOCKED',
        message: expect.stringContaining(`process ${child.pid}`),
      })
      // The same process id with another start time is another process.
      await writeFile(`${path}.lock.2`, `${child.pid} 1 ${hostname()}`)
      if (process.platform === 'linux') await (await opened(path)).log.close()
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await writeFile(`${path}.lock.7`, `${child.pid} - ${hostname()}`)
    await writeFile(`${path}.lock.new.0123`, 'left behind')
    const again = await opened(path)
    expect(await locks(path)).toEqual(['signatures.log.lock.8'])
    await again.log.close()

    // Whether a process elsewhere lives, nobody can see; what is not understood is nobody's to take.
    for (const line of [`1 - another-machine`, 'what is this']) {
      await writeFile(`${path}.lock.9`, line)
      await expect(opened(path)).rejects.toMatchObject({ code: 'NETWORK_LOG_LOCKED' })
    }
  })

  test('of many that want it at once one has it', async () => {
    const path = await newLog()
    for (let round = 0; round < 5; round++) {
      const settled = await Promise.allSettled(Array.from({ length: 8 }, () => opened(path)))
      const got = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      expect(got).toHaveLength(1)
      await got[0]!.log.close()
    }
    expect(await locks(path)).toHaveLength(1)
  })
})

// Looks for secrets in whatever an attacker has: disks, memory of processes, text. Each secret as bytes, as hex and as base64 at any place.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { filesOf } from './files.mjs'

/** What a secret may look like. */
function looksOf(secret) {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const looks = [bytes, Buffer.from(hex), Buffer.from(hex.toUpperCase())]
  // In base64 of something longer a secret begins at one of three places of a group: what depends on its neighbours is left out.
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const inner = encoded.slice(before === 0 ? 0 : 4).replace(/=+$/, '')
    const sure = inner.slice(0, inner.length - 1)
    looks.push(Buffer.from(sure), Buffer.from(sure.replaceAll('+', '-').replaceAll('/', '_')))
  }
  const unique = new Map(looks.map((look) => [look.toString('latin1'), look]))
  return [...unique.values()]
}

/**
 * @param secrets by name, bytes of at least 16
 * @returns {{ in(place: string, bytes: Buffer): void, found: Map<string, number>, places: Map<string, Set<string>>, bytes: number, overlap: number }}
 */
export function searchFor(secrets) {
  const looks = Object.entries(secrets).map(([name, secret]) => [name, looksOf(secret)])
  const search = {
    found: new Map(Object.keys(secrets).map((name) => [name, 0])),
    places: new Map(Object.keys(secrets).map((name) => [name, new Set()])),
    bytes: 0,
    /** bytes that two pieces of one place must share */
    overlap: Math.max(...looks.flatMap(([, all]) => all.map(({ length }) => length))),
    in(place, bytes) {
      search.bytes += bytes.length
      for (const [name, all] of looks)
        for (const look of all)
          for (let at = bytes.indexOf(look); at >= 0; at = bytes.indexOf(look, at + 1)) {
            search.found.set(name, search.found.get(name) + 1)
            search.places.get(name).add(place)
          }
    },
  }
  return search
}

/** Every file below a folder. */
export function searchDisk(search, place, folder) {
  for (const path of filesOf(folder)) {
    search.in(place, readFileSync(path))
    search.in(place, Buffer.from(path))
  }
}

const PIECE = 16 * 1_024 * 1_024

/**
 * All memory of a process that can be read and may have been written, as Linux shows it to whoever started the process.
 * @returns bytes that were read
 */
export function searchMemory(search, place, pid) {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const before = search.bytes
  const piece = Buffer.alloc(PIECE)
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to, flags, name] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)$/.exec(line) ?? []
      // Programs and libraries are the same for all; so is what the kernel maps.
      if (!flags?.startsWith('rw') || name === '[vvar]') continue
      const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
      for (let at = start; at < end;) {
        let read
        try {
          read = readSync(memory, piece, 0, Math.min(PIECE, Number(end - at)), at)
        } catch {
          break
        }
        if (read === 0) break
        search.in(place, piece.subarray(0, read))
        if (at + BigInt(read) >= end) break
        at += BigInt(Math.max(1, read - search.overlap))
      }
    }
  } finally {
    closeSync(memory)
  }
  return search.bytes - before
}

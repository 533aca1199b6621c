import { badCertificate } from './errors.js'
import { limits } from './limits.js'

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*?)-----END \1-----/g

/** Bytes as a block of PEM. */
export function toPem(label: string, bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const lines = btoa(binary).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** The blocks of a label in a text of PEM, at most `most`. */
export function fromPem(label: string, text: string, most: number): Uint8Array[] {
  if (text.length > most * limits.certificateBytes * 2)
    throw badCertificate(`expected at most ${most}, got a text of ${text.length} characters`)
  const found: Uint8Array[] = []
  for (const [, name, body] of text.matchAll(BLOCK)) {
    if (name !== label) continue
    if (found.length === most) throw badCertificate(`expected at most ${most} blocks ${label}, got more`)
    found.push(bytesOf(label, body!))
  }
  return found
}

function bytesOf(label: string, body: string): Uint8Array {
  try {
    const bytes = Uint8Array.from(atob(body.replace(/\s/g, '')), (char) => char.charCodeAt(0))
    if (bytes.length > 0 && bytes.length <= limits.certificateBytes) return bytes
    throw badCertificate(
      `expected 1 to ${limits.certificateBytes} bytes in a block ${label}, got ${bytes.length}`,
    )
  } catch (error) {
    if (error instanceof DOMException) throw badCertificate(`a block ${label} is no base64`, error)
    throw error
  }
}

/**
 * The certificates of a text of PEM, DER each, in its order.
 * @throws {BaseError} `C2PA_BAD_CERTIFICATE` for none, or more than `most`.
 */
export function certificatesOf(text: string, most: number): Uint8Array[] {
  const found = fromPem('CERTIFICATE', text, most)
  if (found.length === 0) throw badCertificate('expected at least one block CERTIFICATE, got none')
  return found
}

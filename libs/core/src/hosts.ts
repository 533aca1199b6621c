const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])$/

/**
 * Whether a server may answer to this `Host` header: localhost, an IP address, or one of its names (`*` for any). A page that a browser was lured to
 * can give its own name the address of this machine (DNS rebinding), but not one of these.
 */
export function hostAllowed(header: string | undefined, names: readonly string[]): boolean {
  // HTTP/1.0 clients send none; browsers always do.
  if (header === undefined || names.includes('*')) return true
  const name = header.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || ADDRESS.test(name) || names.some((allowed) => allowed.toLowerCase() === name)
}

/**
 * Strips what may be a secret from the URLs in a text: user and password, query values, and long path segments (many providers put
 * the key into the path).
 */
export function redactUrls(text: string): string {
  return text.replace(/\b(?:https?|wss?):\/\/[^\s"'<>]+/g, (match) => {
    // The comma or the full stop behind a URL is the sentence's.
    const found = match.replace(/[,;.!?]+$/, '')
    const rest = match.slice(found.length)
    let url: URL
    try {
      url = new URL(found)
    } catch {
      return `<url>${rest}`
    }
    const path = url.pathname
      .split('/')
      .map((segment) => (segment.length >= 20 ? '***' : segment))
      .join('/')
    return `${url.protocol}//${url.host}${path === '/' ? '' : path}${url.search ? '?***' : ''}${rest}`
  })
}

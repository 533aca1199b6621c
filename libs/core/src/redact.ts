/**
 * Strips what may be a secret from the URLs in a text: user and password, query values, and long path segments (many providers put
 * the key into the path).
 */
export function redactUrls(text: string): string {
  return text.replace(/\b(?:https?|wss?):\/\/[^\s"'<>]+/g, (match) => {
    // The comma or the full stop behind a URL is the sentence's. Counted from the end: a pattern would look at a long run of them once for each.
    let end = match.length
    while (',;.!?'.includes(match[end - 1]!)) end--
    const found = match.slice(0, end)
    const rest = match.slice(end)
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

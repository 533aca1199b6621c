import { concatBytes } from '@animechain/core'

/**
 * The body of an HTTP answer, which is given up once it is longer than `maxBytes`.
 *
 * @param tooLong makes the error that is thrown then
 */
export async function boundedBody(
  response: Response,
  maxBytes: number,
  tooLong: () => Error,
): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concatBytes(...chunks)
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw tooLong()
    }
    chunks.push(value)
  }
}

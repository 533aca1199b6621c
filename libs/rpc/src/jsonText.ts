import { JsonText } from '@animechain/core'

/** A value as JSON, also where it is text already. */
export const jsonText = (value: unknown): string =>
  value instanceof JsonText ? value.text : JSON.stringify(value)

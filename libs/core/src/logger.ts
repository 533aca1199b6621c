/** Fields of a structured log line. Values Must be JSON-representable; bigints are written as decimal strings. */
export type LogFields = Record<string, unknown>

/** The logging port. Libraries log through what they are given, never through `console`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger
}

/** Says nothing. The default where no logger is given. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}

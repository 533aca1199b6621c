import { bytesToHex, redactUrls, type LogFields, type Logger } from '@animechain/core'
import { pino } from 'pino'

/** From the most talkative to none. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
/** Least weight of what is logged; `silent` is nothing at all. */
export type LogLevel = (typeof logLevels)[number]

/** What is logged, how, and where to. */
export interface PinoLoggerOptions {
  /** Least level that is written. Default `info`. */
  level?: LogLevel
  /** Written as `name` in every line. */
  name?: string
  /** `json`: one object a line (default). `text`: one line for people, `time LEVEL name: message key=value`. */
  format?: 'json' | 'text'
  /** Takes whole lines, newline included. Default: standard output, written synchronously so that a crash loses nothing. */
  destination?: { write(line: string): void }
}

/** Fields with such a name are never written. */
const SECRET =
  /private_?key|secret|mnemonic|passw(or)?d|passphrase|authorization|api_?key|access_?token|jwt|cookie|^seed$/i
const HIDDEN = '***'
/** Deepest nesting, longest list and longest text of a field; what is beyond is cut, so that a log line stays a line. */
const MAX_DEPTH = 6
const MAX_ITEMS = 100
const MAX_TEXT = 4_096
const MAX_BYTES = 64

/** A field as JSON can hold it, without secrets. */
function plain(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactUrls(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value)
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
    case 'undefined':
      return value
    case 'object':
      break
    default:
      return String(value)
  }
  if (value === null) return null
  if (depth >= MAX_DEPTH) return '…'
  if (value instanceof Uint8Array)
    return value.length > MAX_BYTES
      ? `${bytesToHex(value.subarray(0, MAX_BYTES))}… (${value.length} bytes)`
      : bytesToHex(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof URL) return redactUrls(value.href)
  if (value instanceof Error || isErrorLike(value)) return plainError(value, depth)
  if (value instanceof Map || value instanceof Set) return plain([...value], depth)
  if (Array.isArray(value)) {
    const out = value.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1))
    if (value.length > MAX_ITEMS) out.push(`… ${value.length - MAX_ITEMS} more`)
    return out
  }
  return plainFields(value as LogFields, depth + 1)
}

function isErrorLike(value: object): value is Error {
  return 'stack' in value && 'message' in value && typeof value.message === 'string'
}

function plainError(error: Error & { code?: unknown }, depth: number): unknown {
  return {
    type: error.name,
    ...(error.code === undefined ? {} : { code: plain(error.code, depth + 1) }),
    message: redactUrls(error.message.slice(0, MAX_TEXT)),
    ...(error.stack === undefined ? {} : { stack: redactUrls(error.stack.slice(0, MAX_TEXT)) }),
    ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
  }
}

function plainFields(fields: LogFields, depth: number): LogFields {
  const out: LogFields = {}
  let count = 0
  for (const [name, value] of Object.entries(fields)) {
    if (++count > MAX_ITEMS) break
    out[name] = SECRET.test(name) ? HIDDEN : plain(value, depth)
  }
  return out
}

const RESERVED = new Set(['level', 'time', 'name', 'msg'])

/** A JSON log line as a line for people. */
function textLine(line: string): string {
  const fields = JSON.parse(line) as LogFields & { level: string; time: string; name?: string; msg?: string }
  const rest = Object.entries(fields)
    .filter(([name]) => !RESERVED.has(name))
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      return `${name}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`
    })
  const name = fields.name === undefined ? '' : ` ${fields.name}:`
  return `${[`${fields.time.slice(11, 23)} ${fields.level.toUpperCase().padEnd(5)}${name} ${fields.msg ?? ''}`, ...rest].join(' ')}\n`
}

/**
 * The logging port on pino: one JSON object a line with `level`, `time` (ISO 8601), `name` and `msg`.
 * Bigints are decimal strings, bytes are hex; keys and passwords in URLs and fields named like a secret are not written.
 */
export function pinoLogger(options: PinoLoggerOptions = {}): Logger {
  const sink = options.destination ?? pino.destination({ dest: 1, sync: true })
  const logger = pino(
    {
      level: options.level ?? 'info',
      ...(options.name === undefined ? {} : { name: options.name }),
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.format === 'text' ? { write: (line: string) => void sink.write(textLine(line)) } : sink,
  )
  const wrap = (target: typeof logger): Logger => {
    const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
      if (!target.isLevelEnabled(level)) return
      if (fields === undefined) target[level](redactUrls(message))
      else target[level](plainFields(fields, 0), redactUrls(message))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => wrap(target.child(plainFields(fields, 0))),
    }
  }
  return wrap(logger)
}

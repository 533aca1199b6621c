import { join } from 'node:path'
import { BaseError, type Logger } from '@animechain/core'
import type { ProgramSettings } from './environments.js'
import { vaultNames, type ProgramName } from './options.js'
import { answering, cliPath, healthy, heldModule, startProgram, type Program } from './processes.js'

const packages: Record<Exclude<ProgramName, `verifier${number}`>, string> = {
  sequencer: '@animechain/sequencer',
  verifier: '@animechain/verifier',
  bridge: '@animechain/bridge-app',
  ...(Object.fromEntries(vaultNames.map((name) => [name, '@animechain/da-node'])) as Record<
    (typeof vaultNames)[number],
    string
  >),
}

/** Which program it is: the network's verifiers are one. */
const packageOf = (name: ProgramName): string =>
  packages[isVerifier(name) ? 'verifier' : (name as keyof typeof packages)]

const isVerifier = (name: ProgramName) => name.startsWith('verifier')

/** Programs that are asked by JSON-RPC whether they are there; the others have a probe. */
const answersRpc = (name: ProgramName) => name === 'sequencer' || isVerifier(name)

/** The programs of a devnet: which of them run, and how they start and end. */
export interface Programs {
  readonly running: Partial<Record<ProgramName, Program>>
  /** Loads a program that begins with `begin`. Nothing where only sources are. */
  load(name: ProgramName): void
  /** Starts a program, or lets a loaded one begin, with further settings as environment. Resolves when it answers; at once where it runs already. */
  begin(name: ProgramName, env?: Record<string, string>): Promise<void>
  end(name: ProgramName): Promise<void>
  /** Ends all: those first that ask others. */
  endAll(): Promise<void>
}

/** Starts and ends programs as processes. `onDeath` is told of one that ended and was not to. */
export function programs(parameters: {
  directory: string
  settings: Record<ProgramName, ProgramSettings>
  logger: Logger
  onDeath: (name: ProgramName) => void
}): Programs {
  const { directory, settings, logger, onDeath } = parameters
  const running: Partial<Record<ProgramName, Program>> = {}
  const loaded = new Set<ProgramName>()
  const ending = new Set<ProgramName>()
  const logFile = (name: ProgramName) => join(directory, 'logs', `${name}.log`)

  const settingsOf = (name: ProgramName): ProgramSettings => {
    const found = settings[name]
    if (found) return found
    throw new BaseError(`This devnet has no ${name}.`, { code: 'DEVNET_PROGRAM' })
  }

  const spawn = (name: ProgramName, env: Record<string, string> = {}, held?: string): Program => {
    ending.delete(name)
    return (running[name] = startProgram({
      name,
      path: cliPath(packageOf(name)),
      args: name === 'bridge' ? ['serve'] : [],
      env: { ...settingsOf(name).env, ...env },
      logFile: logFile(name),
      ...(held === undefined ? {} : { held }),
      onExit: (code) => {
        logger.info('a program ended', { name, code })
        if (!ending.has(name)) onDeath(name)
      },
    }))
  }
  const answers = (name: ProgramName, program: Program): Promise<void> =>
    answersRpc(name)
      ? answering(name, settingsOf(name).url, program, logFile(name))
      : // A member of the committee is alive before the chain is there that it will watch.
        healthy(
          name,
          `${settingsOf(name).metricsUrl}/${name === 'bridge' ? 'readyz' : 'healthz'}`,
          program,
          logFile(name),
        )
  const end = async (name: ProgramName): Promise<void> => {
    ending.add(name)
    await running[name]?.stop()
  }

  return {
    running,
    load(name) {
      const held = heldModule()
      if (held === undefined) return
      spawn(name, {}, held)
      loaded.add(name)
    },
    async begin(name, env) {
      const present = running[name]
      if (present && loaded.delete(name)) {
        present.go()
        return answers(name, present)
      }
      if (!present?.running()) await answers(name, spawn(name, env))
    },
    end,
    async endAll() {
      await end('bridge')
      await Promise.all((Object.keys(running) as ProgramName[]).filter(isVerifier).map(end))
      await end('sequencer')
      await Promise.all(vaultNames.map(end))
    },
  }
}

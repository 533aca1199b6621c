import { BaseError } from '@animechain/core'
import { freePort, isPortFree } from '@animechain/testing'

/** The port itself, or a free one for 0. @throws {BaseError} `DEVNET_PORT` when it is taken, with the flag that changes it */
export async function takePort(port: number, flag: string): Promise<number> {
  if (port === 0) return freePort()
  if (!(await isPortFree(port)))
    throw new BaseError(`Port ${port} on 127.0.0.1 is taken.`, {
      code: 'DEVNET_PORT',
      metaMessages: [
        `Stop what listens there (another devnet?), or choose another port: ${flag} <port>, 0 for any free one.`,
      ],
    })
  return port
}

/** Two programs on one port: known before anything starts. 0 takes any. @throws {BaseError} `DEVNET_PORT` with both flags */
export function refuseSharedPorts(wanted: readonly (readonly [flag: string, port: number])[]): void {
  const takenBy = new Map<number, string>()
  for (const [flag, port] of wanted) {
    const other = takenBy.get(port)
    if (port !== 0 && other !== undefined)
      throw new BaseError(`${other} and ${flag} both ask for port ${port}.`, {
        code: 'DEVNET_PORT',
        metaMessages: [
          'Give one of them another port, 0 for any free one. --metrics-port takes two more behind the one it names.',
        ],
      })
    takenBy.set(port, flag)
  }
}

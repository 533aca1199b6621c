import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Clock ticks of a second in /proc: USER_HZ, 100 on every Linux of today. */
const TICKS = 100

/** CPU time of a process since its start, seconds. */
export function cpuSeconds(pid) {
  if (process.platform === 'linux') {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  }
  const [seconds, minutes = 0, hours = 0] = ps(pid, 'time').split(':').reverse().map(Number)
  return 3600 * hours + 60 * minutes + seconds
}

/** Memory of a process in RAM, bytes. */
export function memoryBytes(pid) {
  if (process.platform === 'linux')
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
  return 1024 * Number(ps(pid, 'rss'))
}

const ps = (pid, field) =>
  execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const works = (): boolean => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Debian's ffmpeg, which is installed where that is possible. @throws Error that says what to do when there is none */
function haveFfmpeg(): void {
  if (works()) return
  let why = 'apt-get is for root on Debian'
  if (process.getuid?.() === 0)
    try {
      const options = {
        stdio: 'pipe',
        timeout: 240_000,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      } as const
      execFileSync('apt-get', ['update', '-qq'], options)
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'ffmpeg'], options)
    } catch (error) {
      why = `apt-get failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`
    }
  if (!works())
    throw new Error(
      `This test needs ffmpeg and there is none (${why}). Install it (Debian: apt-get install ffmpeg).`,
    )
}

/** A film of H.264 in an MP4 file with its index in front, grainy enough to have the rate that it is told. @param mbit megabits a second */
export function film(options: { seconds: number; size: string; mbit: number }): Uint8Array {
  haveFfmpeg()
  const { seconds, size, mbit } = options
  const folder = mkdtempSync(join(tmpdir(), 'film-'))
  const path = join(folder, 'film.mp4')
  try {
    const source = `testsrc2=duration=${seconds}:size=${size}:rate=24,noise=alls=60:allf=t`
    const rate = [`-b:v`, `${mbit}M`, '-minrate', `${mbit}M`, '-maxrate', `${mbit}M`, '-bufsize', `${mbit}M`]
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '24', '-pix_fmt', 'yuv420p', ...rate]
    const output = ['-movflags', '+faststart', '-y', path]
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...codec, ...output], {
      stdio: 'pipe',
    })
    return new Uint8Array(readFileSync(path))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

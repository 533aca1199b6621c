import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testAccount, testPrivateKey } from '@animechain/testing'
import { bytesContent, passToJson } from '@animechain/vault-client'
import { formatCommittee } from '@animechain/vault-protocol'
import { world } from '../../../libs/vault/client/test/committee.js'
import { chromium, type Page } from '../../browser-verifier/test/chromium.js'

/** What the page shows. */
export interface Shown {
  state: string
  trouble: string
  opened: number
  firstFrame: number
  seek: number
  fetched: number
  sealed: number
  currentTime: number
  duration: number
  width: number
}

const shown = (page: Page) =>
  page.evaluate<Shown>(`(() => {
    const text = (id) => document.getElementById(id).textContent
    const video = document.getElementById('video')
    return {
      state: text('state'), trouble: text('trouble'),
      opened: Number(text('opened')), firstFrame: Number(text('firstFrame')), seek: Number(text('seek')),
      fetched: Number(text('fetched')), sealed: Number(text('sealed')),
      currentTime: video.currentTime, duration: video.duration, width: video.videoWidth,
    }
  })()`)

/** Waits for what the page shows. @throws with all of it when the time is over */
export async function until(
  page: Page,
  what: string,
  holds: (now: Shown) => boolean,
  ms = 40_000,
): Promise<Shown> {
  const end = Date.now() + ms
  for (;;) {
    const now = await shown(page)
    if (holds(now)) return now
    if (Date.now() > end)
      throw new Error(`not within ${ms / 1_000} s: ${what}. The page shows ${JSON.stringify(now)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A committee with a film in it, a pass for account 1, the page and a browser. */
export async function stage(bytes: Uint8Array) {
  const net = await world()
  const folder = mkdtempSync(join(tmpdir(), 'vault-player-'))
  const { buildPage } = (await import(new URL('../build.mjs', import.meta.url).href)) as {
    buildPage(out: string): Promise<string>
  }
  const { servePage } = (await import(new URL('../serve.mjs', import.meta.url).href)) as {
    servePage(options: { folder: string }): Promise<{ url: string; close(): Promise<void> }>
  }
  const site = await servePage({ folder: await buildPage(folder) })
  const browser = await chromium()
  const owner = net.vaultOf(0).vault
  const { project } = await owner.createProject({ blind: true })
  await net.safe()
  await owner.put(project, 'film.mp4', bytesContent(bytes), { rendition: 1, type: 'video/mp4' })
  const { pass, id } = await owner.grantBlind(project, {
    ...{ on: 'film.mp4', to: { type: 'account', address: testAccount(1).address }, renditions: [1] },
    ...{ purposes: ['view'], expiry: BigInt(Math.floor(Date.now() / 1_000) + 86_400) },
  })
  const seats = net.committee.nodes.map(({ address, url, shareKey }) => ({ address, url, shareKey }))
  const committee = formatCommittee({
    ...{ version: 1, epoch: 1n, chainId: 31_337, l1ChainId: 31_337, registry: net.contracts.registry },
    ...{ storage: { threshold: 4, members: seats }, keys: { threshold: 3, members: seats } },
  })
  return {
    net,
    owner,
    project,
    grant: id,
    async open(account = 1): Promise<Page> {
      const page = await browser.page()
      await page.goto(site.url)
      const viewer = {
        committee,
        pass: passToJson(pass),
        l2Url: net.chainUrl,
        privateKey: testPrivateKey(account),
      }
      const ready = async () =>
        page.evaluate<boolean>(`document.readyState === 'complete' && !!window.player`)
      for (let i = 0; i < 400 && !(await ready().catch(() => false)); i++)
        await new Promise((resolve) => setTimeout(resolve, 50))
      await page.evaluate(`window.player.play(${JSON.stringify(viewer)})`)
      return page
    },
    async stop() {
      await browser.close()
      await site.close()
      await net.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

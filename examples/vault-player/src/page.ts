import type { MessageSigner } from '@animechain/vault-protocol'
import { createWalletClient, custom, type EIP1193Provider } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { openMedia, type Opened, type Viewer } from './open.js'
import { serveMedia, workerReady } from './serveMedia.js'

declare global {
  interface Window {
    ethereum?: EIP1193Provider
    /** For tests and for measuring. */
    player: { play(viewer: Omit<Viewer, 'signer'> & { privateKey: `0x${string}` }): Promise<void> }
  }
}

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
const video = element<HTMLVideoElement>('video')
const show = (id: string, text: string) => (element(id).textContent = text)

let opened: Opened | undefined
let count = 0

serveMedia((path) => (path === `/media/${count}` ? opened : undefined))

/** Keeps what is shown up to date. */
function measure(startedAt: number): void {
  const since = (start: number) => `${Math.round(performance.now() - start)}`
  const bytes = () => {
    if (!opened) return
    show('fetched', `${opened.fetched()}`)
    show('sealed', `${opened.sealedLength}`)
  }
  video.addEventListener('loadeddata', () => show('firstFrame', since(startedAt)), { once: true })
  let seekingAt = 0
  video.onseeking = () => (seekingAt = performance.now())
  video.onseeked = () => show('seek', since(seekingAt))
  video.onprogress = video.ontimeupdate = bytes
  video.onloadeddata = bytes
  video.onerror = () => show('trouble', video.error?.message ?? 'the video cannot be played')
}

async function play(viewer: Viewer): Promise<void> {
  show('trouble', '')
  show('state', 'opening')
  const began = performance.now()
  opened?.vault.close()
  await workerReady()
  opened = await openMedia(viewer, (line) => show('trouble', line))
  show('name', opened.name)
  show('opened', `${Math.round(performance.now() - began)}`)
  show('state', 'playing')
  measure(performance.now())
  video.src = `media/${++count}`
}

const told = (work: Promise<void>) =>
  work.catch((error: unknown) => {
    show('state', 'stopped')
    show('trouble', error instanceof Error ? error.message : String(error))
  })

/** A wallet of the browser as a signer. */
async function walletSigner(provider: EIP1193Provider): Promise<MessageSigner> {
  const [address] = (await provider.request({ method: 'eth_requestAccounts' })) as [`0x${string}`]
  const wallet = createWalletClient({ account: address, transport: custom(provider) })
  return { address, signTypedData: (data) => wallet.signTypedData({ ...data, account: address } as never) }
}

async function playForm(): Promise<void> {
  const text = async (id: string) => {
    const [file] = element<HTMLInputElement>(id).files ?? []
    if (!file) throw new Error(`Choose a file: ${id}.`)
    return file.text()
  }
  if (!window.ethereum)
    throw new Error('There is no wallet in this browser, and somebody must sign the session.')
  await play({
    ...{ committee: await text('committee'), pass: await text('pass') },
    l2Url: element<HTMLInputElement>('l2').value,
    signer: await walletSigner(window.ethereum),
  })
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault()
  void told(playForm())
})
window.addEventListener('pagehide', () => opened?.vault.close())
window.player = {
  play: ({ privateKey, ...viewer }) =>
    told(play({ ...viewer, signer: privateKeyToAccount(privateKey) as unknown as MessageSigner })),
}

import { tooLarge } from '../errors.js'
import { limits } from '../limits.js'

/** What kinds of files carry manifests here, by their media types. */
export type MediaFormat = 'image/png' | 'image/jpeg' | 'image/webp' | 'video/mp4'

/** A part of the content: what it is called in the file, and its bytes. */
export interface Piece {
  /** Four characters of Latin-1. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** A media file taken apart. The bytes are views of the file's. */
export interface MediaParts {
  readonly format: MediaFormat
  /** What is shown or played, in the order of the file: no metadata and no manifest. */
  readonly content: readonly Piece[]
  /** The C2PA manifest store (JUMBF), if the file has one. */
  readonly manifest: Uint8Array | undefined
}

/** Collects the parts of a file, and counts them. */
export class PartsBuilder {
  readonly content: Piece[] = []
  readonly manifests: Uint8Array[] = []
  #count = 0

  /** Whatever the file has, kept or not: refuses too many. */
  count(): void {
    if (++this.#count > limits.mediaParts)
      throw tooLarge('parts of a media file', limits.mediaParts, this.#count)
  }

  keep(name: string, bytes: Uint8Array): void {
    this.content.push({ name, bytes })
  }

  manifest(bytes: Uint8Array): void {
    if (bytes.length > limits.manifestBytes)
      throw tooLarge('bytes of a manifest', limits.manifestBytes, bytes.length)
    this.manifests.push(bytes)
  }
}

/** Four characters at an offset. */
export const nameAt = (bytes: Uint8Array, at: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + 4))

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

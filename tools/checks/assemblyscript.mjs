// Prettier for AssemblyScript: TypeScript, but for decorators of functions, which TypeScript's parser refuses. They are hidden from it as comments of the same
// place, which stay where they are, and are written back as what they were.
import * as estree from 'prettier/plugins/estree'
import * as typescript from 'prettier/plugins/typescript'

const MARK = '//@@'
const decorator = /^([ \t]*)(@(?:inline|external)\b[^\n]*)$/gm
const hidden = (comment) => comment.type === 'Line' && comment.value.startsWith('@@')

export const languages = [{ name: 'AssemblyScript', parsers: ['assemblyscript'] }]

export const parsers = {
  assemblyscript: {
    ...typescript.parsers.typescript,
    astFormat: 'assemblyscript',
    preprocess: (text) => text.replace(decorator, `$1${MARK}$2`),
  },
}

export const printers = {
  assemblyscript: {
    ...estree.printers.estree,
    printComment: (path, options) =>
      hidden(path.node)
        ? path.node.value.slice(2).trimEnd()
        : estree.printers.estree.printComment(path, options),
  },
}

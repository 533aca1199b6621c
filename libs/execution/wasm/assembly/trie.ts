// Merkle Patricia trie (yellow paper, appendix D) over nodes that are resolved by hash when they are first needed. Nodes live in
// the arena; a changed node is hashed once, by `commit`, which also lists it for whoever stores nodes.
//
// Paths are nibbles, one a byte. A missing or malformed node traps: without it there is no defined result.

import * as rlp from './rlp'
import * as u256 from './u256'
import { alloc, mark, release } from './memory'
import { keccak256 } from './crypto/keccak'
import { nodeSize, readNode } from './nodes'

// Node record. A null pointer is the empty trie ------------------------------------------------------------------------------

const LEAF: u32 = 1
const EXTENSION: u32 = 2
const BRANCH: u32 = 3
/** Known by its hash only: a root. */
const UNRESOLVED: u32 = 4
/** A child that is known by its hash only is no record but the address of the hash in its parent's RLP, with this bit: no address has it. */
const BY_HASH: usize = 0x8000_0000

const KIND: usize = 0 // u32
/** u32: 0 for a changed node, 32 when REFERENCE is its hash, otherwise the length of the node itself (below 32 bytes). */
const REFERENCE_LEN: usize = 4
const REFERENCE: usize = 8 // 32 bytes
const PATH: usize = 40 // u32: leaf and extension
const PATH_LEN: usize = 44
const CHILD: usize = 48 // u32: extension
const VALUE: usize = 48 // u32: leaf
const VALUE_LEN: usize = 52
const LEAF_SIZE: usize = 56
const CHILDREN: usize = 40 // 16 u32: branch
const BRANCH_VALUE: usize = 104 // u32, 0 without
const BRANCH_VALUE_LEN: usize = 108
const BRANCH_SIZE: usize = 112
const UNRESOLVED_SIZE: usize = 40

// Nodes written since `begin`: a linked list of [next u32, length u32, hash 32 bytes, the node's RLP], later ones at higher addresses. Before
// the hash are 8 bytes in which a host that has copied the list can put what its storage has in front of a key -----------------

export const NEW_NEXT: usize = 0
export const NEW_LEN: usize = 4
export const NEW_HASH: usize = 16
export const NEW_BYTES: usize = 48

let firstNew: usize = 0
let lastNew: usize = 0

/** Forgets the list of written nodes: at the start of a block, after the arena was reset. */
export function begin(): void {
  firstNew = 0
  lastNew = 0
}

/** First node written by `commit` since `begin`; follow NEW_NEXT. */
export function written(): usize {
  return firstNew
}

// Making nodes ---------------------------------------------------------------------------------------------------------------

function newLeaf(path: usize, pathLen: u32, value: usize, valueLen: u32): usize {
  const node = alloc(LEAF_SIZE)
  store<u32>(node, LEAF, KIND)
  store<u32>(node, 0, REFERENCE_LEN)
  store<u32>(node, <u32>path, PATH)
  store<u32>(node, pathLen, PATH_LEN)
  store<u32>(node, <u32>value, VALUE)
  store<u32>(node, valueLen, VALUE_LEN)
  return node
}

/** An extension over `child`, or the child itself for an empty path. */
function newExtension(path: usize, pathLen: u32, child: usize): usize {
  if (!pathLen) return child
  const node = alloc(LEAF_SIZE)
  store<u32>(node, EXTENSION, KIND)
  store<u32>(node, 0, REFERENCE_LEN)
  store<u32>(node, <u32>path, PATH)
  store<u32>(node, pathLen, PATH_LEN)
  store<u32>(node, <u32>child, CHILD)
  return node
}

function newBranch(): usize {
  const node = alloc(BRANCH_SIZE)
  memory.fill(node, 0, BRANCH_SIZE)
  store<u32>(node, BRANCH, KIND)
  return node
}

function newUnresolved(hash: usize): usize {
  const node = alloc(UNRESOLVED_SIZE)
  store<u32>(node, UNRESOLVED, KIND)
  store<u32>(node, 32, REFERENCE_LEN)
  u256.copy(node + REFERENCE, hash)
  return node
}

/** Hash of the empty trie: keccak256(rlp('')). */
const EMPTY_ROOT: usize = memory.data<u8>([
  0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48,
  0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
])

/** The trie with this root hash; nothing is read yet. */
export function open(root: usize): usize {
  if (memory.compare(root, EMPTY_ROOT, 32) == 0) return 0
  return newUnresolved(root)
}

// Resolving ------------------------------------------------------------------------------------------------------------------

/** Nibbles of a hex-prefix encoded path (appendix C). Sets `decodedLeaf` and `decodedLen`. */
let decodedLeaf: bool = false
let decodedLen: u32 = 0
function decodePath(bytes: usize, length: u32): usize {
  if (length == 0) unreachable()
  const flags = <u32>load<u8>(bytes)
  if (flags > 0x3f || (!(flags & 0x10) && (flags & 15) != 0)) unreachable()
  decodedLeaf = (flags & 0x20) != 0
  const odd = (flags >> 4) & 1
  decodedLen = ((length - 1) << 1) + odd
  const path = alloc(<usize>decodedLen)
  let out = path
  if (odd) store<u8>(out++, <u8>(flags & 15))
  for (let i: u32 = 1; i < length; i++) {
    const byte = load<u8>(bytes + <usize>i)
    store<u8>(out, byte >> 4)
    store<u8>(out, byte & 15, 1)
    out += 2
  }
  return path
}

/** The child that the item at `at` refers to: nothing, a hash, or a node of less than 32 bytes in place. */
function child(at: usize, end: usize): usize {
  if (!rlp.read(at, end)) unreachable()
  if (rlp.isList) {
    const size = rlp.next - at
    if (size >= 32) unreachable()
    const next = rlp.next
    const node = parse(at, next)
    store<u32>(node, <u32>size, REFERENCE_LEN)
    memory.copy(node + REFERENCE, at, size)
    rlp.read(at, end)
    return node
  }
  if (rlp.length == 0) return 0
  if (rlp.length != 32) unreachable()
  return rlp.payload | BY_HASH
}

/** Decodes the node in [at, end), which stays where it is: records point into it. */
function parse(at: usize, end: usize): usize {
  if (!rlp.readList(at, end) || rlp.next != end) unreachable()
  const first = rlp.payload
  if (!rlp.read(first, end)) unreachable()
  const second = rlp.next
  const isShort = second < end && rlp.read(second, end) && rlp.next == end
  if (isShort) {
    if (!rlp.readString(first, end)) unreachable()
    const path = decodePath(rlp.payload, rlp.length)
    const pathLen = decodedLen
    if (decodedLeaf) {
      if (!rlp.readString(second, end)) unreachable()
      return newLeaf(path, pathLen, rlp.payload, rlp.length)
    }
    const below = child(second, end)
    if (!below || !pathLen) unreachable()
    return newExtension(path, pathLen, below)
  }
  const node = newBranch()
  let item = first
  for (let i: usize = 0; i < 16; i++) {
    store<u32>(node + (i << 2), <u32>child(item, end), CHILDREN)
    item = rlp.next
  }
  if (!rlp.readString(item, end) || rlp.next != end) unreachable()
  if (rlp.length) {
    store<u32>(node, <u32>rlp.payload, BRANCH_VALUE)
    store<u32>(node, rlp.length, BRANCH_VALUE_LEN)
  }
  return node
}

/** The node itself, read if it was known by its hash only. */
function resolve(node: usize): usize {
  let hash: usize
  if (node & BY_HASH) hash = node ^ BY_HASH
  else if (load<u32>(node) == UNRESOLVED) hash = node + REFERENCE
  else return node
  const size = nodeSize(hash)
  if (size <= 0) unreachable()
  const bytes = alloc(<usize>size)
  readNode(hash, bytes, size)
  const full = parse(bytes, bytes + <usize>size)
  store<u32>(full, 32, REFERENCE_LEN)
  u256.copy(full + REFERENCE, hash)
  return full
}

// @ts-ignore: decorator
@inline
function childOf(branch: usize, nibble: usize): usize {
  return load<u32>(branch + (nibble << 2), CHILDREN)
}

// @ts-ignore: decorator
@inline
function setChild(branch: usize, nibble: usize, node: usize): void {
  store<u32>(branch + (nibble << 2), <u32>node, CHILDREN)
}

/** Resolves a child in place, so that it is read once. */
function resolveChild(branch: usize, nibble: usize): usize {
  const below = childOf(branch, nibble)
  if (!below) return 0
  const full = resolve(below)
  if (full != below) setChild(branch, nibble, full)
  return full
}

// @ts-ignore: decorator
@inline
function soil(node: usize): void {
  store<u32>(node, 0, REFERENCE_LEN)
}

/** Length of the common prefix. */
function common(a: usize, aLen: u32, b: usize, bLen: u32): u32 {
  const limit = aLen < bLen ? aLen : bLen
  let n: u32 = 0
  while (n < limit && load<u8>(a + <usize>n) == load<u8>(b + <usize>n)) n++
  return n
}

// Reading --------------------------------------------------------------------------------------------------------------------

/** Length of the value that `get` found. */
export let valueLen: u32 = 0
/** The trie with what `get` has resolved: use it for the next call. */
export let resolved: usize = 0

/**
 * Pointer to the value at a path, 0 when there is none. Without `keep` the trie stays as it was: what was read for it is above the arena's mark
 * of before, and may be released.
 */
export function get(root: usize, path: usize, pathLen: u32, keep: bool): usize {
  valueLen = 0
  resolved = root
  if (!root) return 0
  let node = resolve(root)
  if (keep) resolved = node
  while (true) {
    const kind = load<u32>(node)
    if (kind == BRANCH) {
      if (pathLen == 0) {
        valueLen = load<u32>(node, BRANCH_VALUE_LEN)
        return load<u32>(node, BRANCH_VALUE)
      }
      const nibble = <usize>load<u8>(path)
      if (!childOf(node, nibble)) return 0
      node = keep ? resolveChild(node, nibble) : resolve(childOf(node, nibble))
      path++
      pathLen--
      continue
    }
    const ownLen = load<u32>(node, PATH_LEN)
    const shared = common(load<u32>(node, PATH), ownLen, path, pathLen)
    // A partial match of an extension or a leaf is no match.
    if (shared != ownLen) return 0
    if (kind == LEAF) {
      if (pathLen != ownLen) return 0
      valueLen = load<u32>(node, VALUE_LEN)
      return load<u32>(node, VALUE)
    }
    path += <usize>shared
    pathLen -= shared
    const below = <usize>load<u32>(node, CHILD)
    const full = resolve(below)
    if (keep && full != below) store<u32>(node, <u32>full, CHILD)
    node = full
  }
}

// Writing --------------------------------------------------------------------------------------------------------------------

/** Sets a value (not empty) and gives the new root. Path and value are kept by reference: they must live as long as the trie. */
export function put(node: usize, path: usize, pathLen: u32, value: usize, len: u32): usize {
  if (!node) return newLeaf(path, pathLen, value, len)
  node = resolve(node)
  const kind = load<u32>(node)
  if (kind == BRANCH) {
    soil(node)
    if (pathLen == 0) {
      store<u32>(node, <u32>value, BRANCH_VALUE)
      store<u32>(node, len, BRANCH_VALUE_LEN)
    } else {
      const nibble = <usize>load<u8>(path)
      setChild(node, nibble, put(childOf(node, nibble), path + 1, pathLen - 1, value, len))
    }
    return node
  }
  const own = <usize>load<u32>(node, PATH)
  const ownLen = load<u32>(node, PATH_LEN)
  const shared = common(own, ownLen, path, pathLen)
  if (shared == ownLen) {
    if (kind == EXTENSION) {
      soil(node)
      store<u32>(
        node,
        <u32>put(load<u32>(node, CHILD), path + <usize>shared, pathLen - shared, value, len),
        CHILD,
      )
      return node
    }
    if (pathLen == ownLen) {
      soil(node)
      store<u32>(node, <u32>value, VALUE)
      store<u32>(node, len, VALUE_LEN)
      return node
    }
  }
  // They part: a branch where they do.
  const branch = newBranch()
  if (shared == ownLen) {
    // A leaf whose path ends here gives the branch its value.
    store<u32>(branch, load<u32>(node, VALUE), BRANCH_VALUE)
    store<u32>(branch, load<u32>(node, VALUE_LEN), BRANCH_VALUE_LEN)
  } else {
    const rest = own + <usize>shared + 1
    const restLen = ownLen - shared - 1
    const below =
      kind == LEAF
        ? newLeaf(rest, restLen, load<u32>(node, VALUE), load<u32>(node, VALUE_LEN))
        : newExtension(rest, restLen, load<u32>(node, CHILD))
    setChild(branch, <usize>load<u8>(own + <usize>shared), below)
  }
  if (shared == pathLen) {
    store<u32>(branch, <u32>value, BRANCH_VALUE)
    store<u32>(branch, len, BRANCH_VALUE_LEN)
  } else {
    const leaf = newLeaf(path + <usize>shared + 1, pathLen - shared - 1, value, len)
    setChild(branch, <usize>load<u8>(path + <usize>shared), leaf)
  }
  return newExtension(path, shared, branch)
}

function join(a: usize, aLen: u32, b: usize, bLen: u32): usize {
  const path = alloc(<usize>(aLen + bLen))
  memory.copy(path, a, <usize>aLen)
  memory.copy(path + <usize>aLen, b, <usize>bLen)
  return path
}

/** `node` below a path that has no branch at its end any more: leaves and extensions take the path over. */
function prepend(path: usize, pathLen: u32, node: usize): usize {
  if (!pathLen) return node
  const kind = load<u32>(node)
  if (kind == BRANCH) return newExtension(path, pathLen, node)
  const ownLen = load<u32>(node, PATH_LEN)
  const whole = join(path, pathLen, load<u32>(node, PATH), ownLen)
  if (kind == LEAF)
    return newLeaf(whole, pathLen + ownLen, load<u32>(node, VALUE), load<u32>(node, VALUE_LEN))
  return newExtension(whole, pathLen + ownLen, load<u32>(node, CHILD))
}

/** What is left of a branch that may have lost a child or its value. */
function collapse(branch: usize): usize {
  let only: usize = 16
  let count: u32 = load<u32>(branch, BRANCH_VALUE) ? 1 : 0
  for (let i: usize = 0; i < 16; i++) {
    if (!childOf(branch, i)) continue
    only = i
    count++
  }
  if (count > 1) return branch
  // A branch has two entries at least, so one is left.
  if (only == 16) return newLeaf(0, 0, load<u32>(branch, BRANCH_VALUE), load<u32>(branch, BRANCH_VALUE_LEN))
  // The sibling must be read: a leaf or an extension merges with the nibble above it.
  const sibling = resolveChild(branch, only)
  const nibble = alloc(1)
  store<u8>(nibble, <u8>only)
  return prepend(nibble, 1, sibling)
}

/** Whether the last `remove` found its key. */
let removed: bool = false

function removeBelow(node: usize, path: usize, pathLen: u32): usize {
  if (!node) return 0
  node = resolve(node)
  const kind = load<u32>(node)
  if (kind == BRANCH) {
    if (pathLen == 0) {
      if (!load<u32>(node, BRANCH_VALUE)) return node
      removed = true
      store<u32>(node, 0, BRANCH_VALUE)
      store<u32>(node, 0, BRANCH_VALUE_LEN)
    } else {
      const nibble = <usize>load<u8>(path)
      // Resolved nodes stay, whether or not the key is found.
      setChild(node, nibble, removeBelow(childOf(node, nibble), path + 1, pathLen - 1))
      if (!removed) return node
    }
    soil(node)
    return collapse(node)
  }
  const ownLen = load<u32>(node, PATH_LEN)
  const shared = common(load<u32>(node, PATH), ownLen, path, pathLen)
  if (shared != ownLen) return node
  if (kind == LEAF) {
    if (pathLen != ownLen) return node
    removed = true
    return 0
  }
  const below = removeBelow(load<u32>(node, CHILD), path + <usize>shared, pathLen - shared)
  if (!removed) {
    store<u32>(node, <u32>below, CHILD)
    return node
  }
  // Below an extension is a branch, which leaves something behind.
  return prepend(load<u32>(node, PATH), ownLen, below)
}

/** Removes the value at a path, if there is one, and gives the new root. */
export function remove(root: usize, path: usize, pathLen: u32): usize {
  removed = false
  return removeBelow(root, path, pathLen)
}

// Hashing --------------------------------------------------------------------------------------------------------------------

const PATH_BYTES_MAX: usize = 8

/** Bytes of a path in hex-prefix form. */
// @ts-ignore: decorator
@inline
function sizeOfPath(pathLen: u32): u32 {
  return (pathLen >> 1) + 1
}

function writePath(out: usize, path: usize, pathLen: u32, isLeaf: bool): usize {
  const size = sizeOfPath(pathLen)
  let flags: u32 = isLeaf ? 0x20 : 0
  let i: u32 = 0
  if (pathLen & 1) {
    flags |= 0x10 | (<u32>load<u8>(path))
    i = 1
  }
  // One byte below 0x80 has no header; flags are always below 0x80.
  if (size > 1) out = rlp.writeHeader(out, size, 0x80)
  store<u8>(out++, <u8>flags)
  for (; i < pathLen; i += 2) {
    const at = path + <usize>i
    store<u8>(out++, (load<u8>(at) << 4) | load<u8>(at, 1))
  }
  return out
}

/** Bytes of a reference inside its parent. */
// @ts-ignore: decorator
@inline
function sizeOfReference(node: usize): u32 {
  if (!node) return 1
  if (node & BY_HASH) return 33
  const n = load<u32>(node, REFERENCE_LEN)
  return n == 32 ? 33 : n
}

function writeReference(out: usize, node: usize): usize {
  if (!node) {
    store<u8>(out, 0x80)
    return out + 1
  }
  if (node & BY_HASH) return rlp.writeWord(out, node ^ BY_HASH)
  const n = <usize>load<u32>(node, REFERENCE_LEN)
  if (n == 32) return rlp.writeWord(out, node + REFERENCE)
  memory.copy(out, node + REFERENCE, n)
  return out + n
}

/** Makes the references of a node and of everything changed below it. `isRoot`: hashed however short it is. */
function seal(node: usize, isRoot: bool): void {
  if (node & BY_HASH) return
  const known = load<u32>(node, REFERENCE_LEN)
  if (known == 32 || (known && !isRoot)) return
  const kind = load<u32>(node)
  let size: u32
  if (kind == BRANCH) {
    const value = <usize>load<u32>(node, BRANCH_VALUE)
    size = value ? rlp.sizeOfString(value, load<u32>(node, BRANCH_VALUE_LEN)) : 1
    for (let i: usize = 0; i < 16; i++) {
      const below = childOf(node, i)
      if (below) seal(below, false)
      size += sizeOfReference(below)
    }
  } else {
    const path = sizeOfPath(load<u32>(node, PATH_LEN))
    size = path == 1 ? 1 : path + rlp.sizeOfHeader(path)
    if (kind == LEAF) size += rlp.sizeOfString(load<u32>(node, VALUE), load<u32>(node, VALUE_LEN))
    else {
      seal(load<u32>(node, CHILD), false)
      size += sizeOfReference(load<u32>(node, CHILD))
    }
  }
  const before = mark()
  const record = alloc(NEW_BYTES + <usize>size + PATH_BYTES_MAX)
  const bytes = record + NEW_BYTES
  let out = rlp.writeHeader(bytes, size, 0xc0)
  if (kind == BRANCH) {
    for (let i: usize = 0; i < 16; i++) out = writeReference(out, childOf(node, i))
    const value = <usize>load<u32>(node, BRANCH_VALUE)
    if (value) out = rlp.writeString(out, value, load<u32>(node, BRANCH_VALUE_LEN))
    else store<u8>(out++, 0x80)
  } else {
    out = writePath(out, load<u32>(node, PATH), load<u32>(node, PATH_LEN), kind == LEAF)
    if (kind == LEAF) out = rlp.writeString(out, load<u32>(node, VALUE), load<u32>(node, VALUE_LEN))
    else out = writeReference(out, load<u32>(node, CHILD))
  }
  const length = <u32>(out - bytes)
  if (length < 32 && !isRoot) {
    memory.copy(node + REFERENCE, bytes, <usize>length)
    store<u32>(node, length, REFERENCE_LEN)
    release(before)
    return
  }
  keccak256(bytes, <usize>length, node + REFERENCE)
  store<u32>(node, 32, REFERENCE_LEN)
  // @ts-ignore: set by the build
  if (BUILD_PROOF) {
    // Nobody stores its nodes.
    release(before)
    return
  }
  u256.copy(record + NEW_HASH, node + REFERENCE)
  store<u32>(record, length, NEW_LEN)
  store<u32>(record, 0, NEW_NEXT)
  if (lastNew) store<u32>(lastNew, <u32>record, NEW_NEXT)
  else firstNew = record
  lastNew = record
}

/** Hashes what has changed and writes the root hash to `out`. */
export function commit(root: usize, out: usize): void {
  if (!root) {
    memory.copy(out, EMPTY_ROOT, 32)
    return
  }
  seal(root, true)
  memory.copy(out, root + REFERENCE, 32)
}

// Keys -----------------------------------------------------------------------------------------------------------------------

function writeNibbles(path: usize, bytes: usize, length: u32): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const byte = load<u8>(bytes + i)
    store<u8>(path + (i << 1), byte >> 4)
    store<u8>(path + (i << 1), byte & 15, 1)
  }
}

/** The nibbles of `length` bytes, in the arena. */
export function nibbles(bytes: usize, length: u32): usize {
  const path = alloc((<usize>length) << 1)
  writeNibbles(path, bytes, length)
  return path
}

const HASH: usize = memory.data(32, 16)

/** The 64 nibbles of the key's hash (a secure trie's path), in the arena. */
export function securePath(key: usize, length: u32): usize {
  keccak256(key, <usize>length, HASH)
  return nibbles(HASH, 32)
}

const PATH_READ: usize = memory.data(64, 16)

/** As `securePath`, for a read: until the next one. */
export function passingPath(key: usize, length: u32): usize {
  keccak256(key, <usize>length, HASH)
  writeNibbles(PATH_READ, HASH, 32)
  return PATH_READ
}

/** Root of the trie rlp(index) -> item. `items`: `count` pairs [pointer u32, length u32]. Its nodes are not kept. */
export function orderedRoot(items: usize, count: u32, out: usize): void {
  const before = mark()
  const first = firstNew
  const last = lastNew
  let root: usize = 0
  for (let i: u32 = 0; i < count; i++) {
    const key = alloc(8)
    const keyLen = <u32>(rlp.writeU64(key, <u64>i) - key)
    const item = items + ((<usize>i) << 3)
    root = put(root, nibbles(key, keyLen), keyLen << 1, load<u32>(item), load<u32>(item, 4))
  }
  commit(root, out)
  firstNew = first
  lastNew = last
  if (last) store<u32>(last, 0, NEW_NEXT)
  release(before)
}

/**
 * Root of a trie after `count` writes in order: [key, key length, value, value length] (u32 each), an empty value removes. For
 * the official trie tests.
 */
export function rootOfWrites(writes: usize, count: u32, secure: u32, out: usize): void {
  begin()
  let root: usize = 0
  for (let i: u32 = 0; i < count; i++, writes += 16) {
    const key = <usize>load<u32>(writes)
    const keyLen = load<u32>(writes, 4)
    const path = secure ? securePath(key, keyLen) : nibbles(key, keyLen)
    const pathLen: u32 = secure ? 64 : keyLen << 1
    const len = load<u32>(writes, 12)
    if (len) root = put(root, path, pathLen, load<u32>(writes, 8), len)
    else root = remove(root, path, pathLen)
  }
  commit(root, out)
}

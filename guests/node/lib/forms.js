'use strict';
// Pairs of a form as an object: nested by brackets, lists by `[]`, by index or by repetition, by the
// rules of qs. Every pair counts, and the time grows with the text alone, whatever it repeats.

/** Brackets behind a name that nest. A name with more of them is refused. */
const DEPTH = 32;
/** The highest index that makes a list, where the form has fewer pairs than that. */
const LIST_LIMIT = 100;
/** Letters of a name that are shown. */
const SHOWN = 40;

/** A name nests deeper than {@link DEPTH}. */
class TooDeep extends Error {
  constructor(name) {
    super(`the form's field '${name.slice(0, SHOWN)}' nests deeper than ${DEPTH} levels`);
  }
}

/** A list in the making: its indexes need not come in order. */
class List extends Map {
  top = -1;

  add(value) { return this.set(this.top + 1, value); }

  set(index, value) {
    if (index > this.top) this.top = index;
    return super.set(index, value);
  }
}

/** What is no UTF-8, or no escape, stays as it was sent. */
function decoded(text) {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** `a[b][]` → ['a', 'b', '']. Throws {@link TooDeep}. */
function pathOf(name) {
  const first = name.indexOf('[');
  if (first < 0 || !name.includes(']', first)) return [name];
  const path = first === 0 ? [] : [name.slice(0, first)];
  let at = first;
  while (name[at] === '[') {
    const end = name.indexOf(']', at);
    if (end < 0) {
      path.push(name.slice(at));
      break;
    }
    if (path.length > DEPTH) throw new TooDeep(name);
    path.push(name.slice(at + 1, end));
    at = end + 1;
  }
  return path;
}

const isIndex = (key, limit) => /^(0|[1-9]\d*)$/.test(key) && Number(key) <= limit;

/** A name that comes again; on an object the value becomes one more name. */
function merge(present, value) {
  if (present === undefined) return value;
  if (present instanceof List) return present.add(value);
  if (present instanceof Map) return value === '__proto__' ? present : present.set(value, true);
  return new List().add(present).add(value);
}

/** `container` with `value` at the end of `path`; made where it is undefined. */
function insert(container, path, at, value, limit) {
  if (at === path.length) return merge(container, value);
  const key = path[at];
  const indexed = isIndex(key, limit);
  let holder = container;
  if (holder === undefined) holder = key === '' || indexed ? new List() : new Map();
  else if (typeof holder === 'string') holder = new List().add(holder);
  if (holder instanceof List) {
    if (key === '') return holder.add(insert(undefined, path, at + 1, value, limit));
    if (indexed) return holder.set(Number(key), insert(holder.get(Number(key)), path, at + 1, value, limit));
    holder = new Map([...holder].map(([index, kept]) => [String(index), kept]));
  }
  const name = key === '' ? String(holder.size) : key;
  return holder.set(name, insert(holder.get(name), path, at + 1, value, limit));
}

/** Objects and arrays, these without the holes that `a[5]=x` leaves. */
function plain(value) {
  if (typeof value === 'string' || value === true) return value;
  if (value instanceof List) return [...value.keys()].sort((a, b) => a - b).map((index) => plain(value.get(index)));
  const out = {};
  for (const [name, kept] of value) out[name] = plain(kept);
  return out;
}

/**
 * @param {string} text of a form
 * @throws {TooDeep}
 */
function parse(text) {
  const found = new Map();
  const pairs = text.split('&');
  const limit = Math.max(LIST_LIMIT, pairs.length);
  for (const pair of pairs) {
    const bracket = pair.indexOf(']=');
    const at = bracket < 0 ? pair.indexOf('=') : bracket + 1;
    const path = pathOf(decoded(at < 0 ? pair : pair.slice(0, at)));
    // A caller may not reach a prototype by a name.
    if (path[0] === '' || path.includes('__proto__')) continue;
    const value = at < 0 ? '' : decoded(pair.slice(at + 1));
    found.set(path[0], insert(found.get(path[0]), path, 1, value, limit));
  }
  return plain(found);
}

module.exports = { parse, TooDeep };

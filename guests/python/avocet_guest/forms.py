"""Pairs of a form as a dictionary: nested by brackets, lists by `[]`, by index or by repetition, as
the qs package of Node.js reads them. Every pair counts, and the time grows with the text alone."""

import re
import urllib.parse

#: Brackets behind a name that nest. A name with more of them is refused.
DEPTH = 32

#: The highest index that makes a list, where the form has fewer pairs than that; with a higher one
#: it is a dictionary.
LIST_LIMIT = 100

_BROKEN_ESCAPE = re.compile("%(?![0-9a-fA-F]{2})")


class TooDeep(ValueError):
    """A name nests deeper than DEPTH."""

    def __init__(self, name):
        super().__init__(f"the form's field {name[:40]!r} nests deeper than {DEPTH} levels")


class _List(dict):
    """A list in the making: its indexes need not come in order."""

    __slots__ = ("top",)

    def __init__(self, *values):
        super().__init__(enumerate(values))
        self.top = len(values) - 1

    def add(self, value):
        self.put(self.top + 1, value)

    def put(self, index, value):
        self[index] = value
        self.top = max(self.top, index)


def parse(text):
    """The dictionary of a form's text. Raises TooDeep."""
    found = {}
    pairs = [pair for pair in text.split("&") if pair]
    limit = max(LIST_LIMIT, len(pairs))
    for pair in pairs:
        name, _, value = _halves(pair)
        path = _path(_decoded(name))
        # What other languages must not do with it is left out here too.
        if path[0] and "__proto__" not in path:
            _insert(found, path, 0, _decoded(value), limit)
    return _plain(found)


def _halves(pair):
    """At the `=` behind the brackets, where there are any."""
    bracket = pair.find("]=")
    return pair.partition("=") if bracket < 0 else (pair[:bracket + 1], "=", pair[bracket + 2:])


def _decoded(text):
    """What is no UTF-8, or no escape, stays as it was sent."""
    text = text.replace("+", " ")
    if "%" not in text or _BROKEN_ESCAPE.search(text):
        return text
    try:
        return urllib.parse.unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _path(name):
    """`a[b][]` → ["a", "b", ""]."""
    first = name.find("[")
    if first < 0 or "]" not in name[first:]:
        return [name]
    path = [name[:first]] if first else []
    while name[first:first + 1] == "[":
        end = name.find("]", first)
        if end < 0:
            path.append(name[first:])
            break
        if len(path) > DEPTH:
            raise TooDeep(name)
        path.append(name[first + 1:end])
        first = end + 1
    return path


def _insert(holder, path, at, value, limit):
    """`holder` with `value` at the end of `path`; made where it is None."""
    if at == len(path):
        return _merge(holder, value)
    key = path[at]
    index = int(key) if len(key) < 10 and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") else None
    if index is not None and index > limit:
        index = None
    if holder is None:
        holder = _List() if key == "" or index is not None else {}
    elif not isinstance(holder, dict):
        holder = _List(holder)
    if isinstance(holder, _List):
        if key == "":
            holder.add(_insert(None, path, at + 1, value, limit))
            return holder
        if index is not None:
            holder.put(index, _insert(holder.get(index), path, at + 1, value, limit))
            return holder
        holder = {str(index): kept for index, kept in holder.items()}
    elif key == "":
        key = str(len(holder))
    holder[key] = _insert(holder.get(key), path, at + 1, value, limit)
    return holder


def _merge(present, value):
    """A name that comes again; on a dictionary the value becomes one more name."""
    if present is None:
        return value
    if isinstance(present, _List):
        present.add(value)
        return present
    if isinstance(present, dict):
        present[value] = True
        return present
    return _List(present, value)


def _plain(value):
    if isinstance(value, _List):
        return [_plain(value[at]) for at in sorted(value)]
    if isinstance(value, dict):
        return {key: _plain(kept) for key, kept in value.items()}
    return value

"""Pairs of a form as a dictionary: nested by brackets, lists by `[]`, by index or by repetition, as
the qs package of Node.js reads them."""

import urllib.parse

#: Brackets behind a name that nest; what lies deeper stays one key, brackets and all.
DEPTH = 32

#: The highest index that makes a list; with a higher one it is a dictionary.
LIST_LIMIT = 100

#: Pairs that are read.
PAIRS = 1000


class _List(dict):
    """A list in the making: its indexes need not come in order."""

    def add(self, value):
        self[max(self, default=-1) + 1] = value


def parse(text):
    """The dictionary of a form's text."""
    found = {}
    for name, value in urllib.parse.parse_qsl("&".join(text.split("&", PAIRS)[:PAIRS]), keep_blank_values=True):
        path = _path(name)
        # What other languages must not do with it is left out here too.
        if path[0] and "__proto__" not in path:
            _insert(found, path, value)
    return _plain(found)


def _path(name):
    """`a[b][]` → ["a", "b", ""]."""
    first = name.find("[")
    if first < 0 or "]" not in name[first:]:
        return [name]
    path = [name[:first]] if first else []
    while name[first:first + 1] == "[" and len(path) <= DEPTH:
        end = name.find("]", first)
        if end < 0:
            break
        path.append(name[first + 1:end])
        first = end + 1
    if name[first:first + 1] == "[":
        path.append(name[first:])
    return path


def _insert(holder, path, value):
    """`holder` with `value` at the end of `path`; made where it is None."""
    if not path:
        return _merge(holder, value)
    key, rest = path[0], path[1:]
    index = int(key) if key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") else None
    if index is not None and index > LIST_LIMIT:
        index = None
    if holder is None:
        holder = _List() if key == "" or index is not None else {}
    elif not isinstance(holder, dict):
        holder = _List({0: holder})
    if isinstance(holder, _List):
        if key == "":
            holder.add(_insert(None, rest, value))
            return holder
        if index is None:
            holder = {str(at): kept for at, kept in holder.items()}
        else:
            key = index
    elif key == "":
        key = str(len(holder))
    holder[key] = _insert(holder.get(key), rest, value)
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
    return _List({0: present, 1: value})


def _plain(value):
    if isinstance(value, _List):
        return [_plain(value[at]) for at in sorted(value)]
    if isinstance(value, dict):
        return {key: _plain(kept) for key, kept in value.items()}
    return value

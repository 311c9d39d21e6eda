"""bottle's own globals inside of calls: `bottle.request` and `bottle.response`, and
`bottle.redirect`, which reads the former."""

import importlib
import importlib.machinery
import sys
import urllib.parse

import bottle

from . import answer, current, event


def prefer(places):
    """A bottle of the function's own, in one of these places, is the worker's too: what they give
    each other are objects of one."""
    if importlib.machinery.PathFinder.find_spec("bottle", places) is None:
        return
    sys.path[0:0] = places
    del sys.modules["bottle"]
    for module in (answer, event, sys.modules[__name__]):
        importlib.reload(module)
    del sys.path[:len(places)]


def _environ(_request):
    call = current.get()
    if call is None:
        raise RuntimeError("bottle.request is used outside of a call of the function")
    return call.environ()


def _of_call(name):
    """A field of `bottle.response`, kept with the call; outside of calls nobody reads it."""
    def fields():
        call = current.get()
        if call is None:
            raise RuntimeError("bottle.response is used outside of a call of the function")
        if call.made_response is None:
            call.made_response = {}
            bottle.response.bind()
        return call.made_response

    return property(lambda _: fields()[name], lambda _, value: fields().__setitem__(name, value))


def with_global(kept, head):
    """The head of an answer, with what the call set on `bottle.response`. A response of the
    function's own goes out as it is."""
    if head["r"] not in ("none", "text", "json", "bytes"):
        return head
    fields = [(name, value) for name, values in kept["_headers"].items() for value in values]
    fields += [("Set-Cookie", cookie.OutputString()) for cookie in (kept["_cookies"] or {}).values()]
    own = head.get("h", ())
    if head["r"] == "text":
        # Its content type is only what texts have by default.
        names = {name.lower() for name, _ in fields}
        fields += [pair for pair in zip(own[::2], own[1::2]) if pair[0] not in names]
        own = ()
    return {**head, "h": [*(part for pair in fields for part in pair), *own], "s": kept["_status_code"]}


def _redirect(url, code=None):
    """Raises a redirect (303, unless given) to `url`, relative to the request's."""
    location = urllib.parse.urljoin(bottle.request.url, url)
    raise bottle.HTTPResponse(status=code or 303, headers={"Location": location})


def _header(headers, name):
    """bottle reads values as UTF-8; what is none stays as the bytes that came."""
    value = headers.raw(name)
    if value is None:
        raise KeyError(name)
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def follow_calls(body_limit):
    """`bottle.request` and `bottle.response` are those of the call in which they are used, on
    threads and in coroutines."""
    for name in ("_status_line", "_status_code", "_headers", "_cookies", "body"):
        setattr(bottle.LocalResponse, name, _of_call(name))
    bottle.LocalRequest.environ = property(_environ)
    bottle.redirect = _redirect
    bottle.WSGIHeaderDict.__getitem__ = _header
    # The platform has held the body to its limit (MB) before it is looked at.
    bottle.BaseRequest.MEMFILE_MAX = max(bottle.BaseRequest.MEMFILE_MAX, int(body_limit * (1 << 20)) + 1)

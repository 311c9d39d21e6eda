"""bottle's own globals inside of calls: `bottle.request`, and `bottle.redirect`, which reads it."""

import urllib.parse

import bottle

from . import current


def _environ(_request):
    call = current.get()
    if call is None:
        raise RuntimeError("bottle.request is used outside of a call of the function")
    return call.environ()


def _redirect(url, code=None):
    """Raises a redirect (303, unless given) to `url`, relative to the request's."""
    location = urllib.parse.urljoin(bottle.request.url, url)
    raise bottle.HTTPResponse(status=code or 303, headers={"Location": location})


def follow_calls():
    """`bottle.request` is that of the call in which it is used, on threads and in coroutines."""
    bottle.LocalRequest.environ = property(_environ)
    bottle.redirect = _redirect

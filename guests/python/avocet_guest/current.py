"""The call that the present thread or task works for."""

from contextvars import ContextVar

_current = ContextVar("avocet_call", default=None)

get = _current.get
set_ = _current.set
reset = _current.reset

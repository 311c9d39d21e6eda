"""The calls of `avocet` for `await`: they overlap, and do not hold the event loop up."""

import asyncio
import contextvars
import functools

import avocet


class _Awaited:
    """A service whose calls are carried out by a thread each."""

    def __init__(self, service):
        self._service = service

    def __getattr__(self, name):
        call = getattr(self._service, name)

        async def awaited(*args, **options):
            # The thread works for the present call too.
            work = functools.partial(contextvars.copy_context().run, call, *args, **options)
            return await asyncio.get_running_loop().run_in_executor(None, work)

        return awaited


kv = _Awaited(avocet.kv)
objects = _Awaited(avocet.objects)
messaging = _Awaited(avocet.messaging)
http = _Awaited(avocet.http)

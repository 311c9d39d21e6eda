"""One event loop for all `async def` handlers, on a thread of its own."""

import asyncio
import contextvars
import threading


class Loop:
    """Starts with the first coroutine. Tasks keep the context of the thread that brought them."""

    def __init__(self):
        self._loop = None
        self._starting = threading.Lock()
        self.tasks = {}

    def _running(self):
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="loop", daemon=True).start()
        return self._loop

    def start(self, number, coroutine):
        """Runs it as the task of call `number`; it handles its own errors."""
        loop = self._running()

        def begin():
            task = loop.create_task(coroutine)
            self.tasks[number] = task
            task.add_done_callback(lambda _: self.tasks.pop(number, None))

        loop.call_soon_threadsafe(begin, context=contextvars.copy_context())

    def cancel(self, number):
        task = self.tasks.get(number)
        if task is not None:
            self._loop.call_soon_threadsafe(task.cancel)

    def others(self):
        """Tasks that are not a call's own."""
        if self._loop is None:
            return 0
        try:
            return sum(1 for task in asyncio.all_tasks(self._loop) if task not in self.tasks.values())
        except RuntimeError:
            # They change while they are counted: there are some.
            return 1

    def wait(self, awaitable):
        """Its result; the calling thread waits."""
        async def whole():
            return await awaitable
        return asyncio.run_coroutine_threadsafe(whole(), self._running()).result()

"""The end of a worker whose calls are answered: what the function registered for it, by `signal` and
by `atexit`, as in a process that a cluster ends."""

import atexit
import os
import signal
import threading

#: Seconds that the function has for it.
LIMIT = 10


def run(guest):
    """On the main thread, as handlers of signals run. Where it takes too long the process ends."""
    watch = threading.Timer(LIMIT, _late, (guest,))
    watch.name, watch.daemon = "watch", True
    watch.start()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if callable(handler):
            handler(int(signal.SIGTERM), None)
    except SystemExit:
        pass
    except BaseException as error:  # noqa: BLE001 the function's hook
        guest.log_error(error)
    atexit._run_exitfuncs()
    watch.cancel()


def _late(guest):
    guest.send_log(None, "warn", f"what the function does at its end did not end within {LIMIT} s")
    guest.leave(0)
    os._exit(0)

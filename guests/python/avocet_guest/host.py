"""Host services that the function asks for: frames out, and the answers to them."""

import threading

from . import current, frames

#: Seconds that a function waits for the platform to answer; services have shorter limits of their own.
LIMIT = 330


class Answer:
    """What the platform answered; `error` and `value` are None where there is none."""

    __slots__ = ("status", "error", "value", "body")

    def __init__(self, head, body):
        self.status = head["s"]
        self.error = head.get("error")
        self.value = head.get("v")
        self.body = body


class Host:
    """What is asked of the platform and not answered yet."""

    def __init__(self, guest):
        self._guest = guest
        self._lock = threading.Lock()
        self._next = 1
        self._open = {}

    def ask(self, head, body=b"", limit=LIMIT):
        """Asks for the present call and waits for the answer. `head` holds operation and arguments."""
        guest, call = self._guest, current.get()
        waiting = [threading.Event()]
        with self._lock:
            number = self._next
            self._next += 1
            self._open[number] = waiting
        head = {"c": number, **head}
        if call is not None:
            found = call.outgoing()
            head.update((name, found[name]) for name in ("traceparent", "tracestate", "baggage") if name in found)
        guest.crew.give_up_lead()
        guest.out.frame(frames.HOST_CALL, guest.function, call.number if call is not None else 0, head, body)
        guest.out.flush()
        if not waiting[0].wait(limit):
            with self._lock:
                self._open.pop(number, None)
            raise TimeoutError(f"the platform did not answer within {limit} s")
        return waiting[1]

    def settled(self, head, body):
        """The platform answered."""
        with self._lock:
            waiting = self._open.pop(head["c"], None)
        if waiting is not None:
            waiting.append(Answer(head, bytes(body)))
            waiting[0].set()

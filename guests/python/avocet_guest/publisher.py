"""Events that the function publishes: asked of the platform, which knows where they go."""

import http
import json
import threading

from . import current, frames

#: Seconds that a function waits for the platform to take an event.
LIMIT = 30

_STANDARD = {status.value: status.phrase for status in http.HTTPStatus}


class Published:
    """An answer in the shape of the `requests` library's, with the names of the other guests too."""

    def __init__(self, status, reason, text):
        self.status_code = self.status = status
        self.reason = self.statusText = reason
        self.text = self.data = text
        self.headers = {}
        self.ok = status < 400

    def json(self):
        return json.loads(self.text)


class PublishError(RuntimeError):
    """The event was not taken; `response` is what was answered."""

    def __init__(self, message, response):
        super().__init__(message)
        self.response = response


class Publisher:
    """What is asked of the platform and not answered yet."""

    def __init__(self, guest):
        self._guest = guest
        self._lock = threading.Lock()
        self._next = 1
        self._open = {}

    def publish(self, cloudevent):
        """Asks the platform to publish, for the present call; raises where it refuses."""
        guest, call = self._guest, current.get()
        waiting = [threading.Event()]
        with self._lock:
            number = self._next
            self._next += 1
            self._open[number] = waiting
        body = json.dumps(cloudevent, ensure_ascii=False).encode("utf-8", "surrogatepass")
        head = {"c": number, "op": "events.publish"}
        if call is not None:
            found = call.outgoing()
            head.update((name, found[name]) for name in ("traceparent", "tracestate", "baggage") if name in found)
        guest.crew.give_up_lead()
        guest.out.frame(frames.HOST_CALL, guest.function, call.number if call is not None else 0, head, body)
        guest.out.flush()
        if not waiting[0].wait(LIMIT):
            with self._lock:
                self._open.pop(number, None)
            raise TimeoutError(f"emitCloudEvent: no answer within {LIMIT} s")
        published, error = waiting[1:]
        if error is not None or not published.ok:
            raise PublishError(f"emitCloudEvent: {error or f'status {published.status_code}'}", published)
        return published

    def settled(self, head, body):
        """The platform answered."""
        with self._lock:
            waiting = self._open.pop(head["c"], None)
        if waiting is not None:
            error = head.get("error")
            reason = error or _STANDARD.get(head["s"], "")
            waiting += [Published(head["s"], reason, body.decode("utf-8", "replace")), error]
            waiting[0].set()

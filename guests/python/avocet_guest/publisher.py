"""Events that the function publishes: asked of the platform, which knows where they go."""

import http
import json

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


def publish(host, cloudevent):
    """Asks the platform to publish, for the present call; raises where it refuses."""
    body = json.dumps(cloudevent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        answer = host.ask({"op": "events.publish"}, body, LIMIT)
    except TimeoutError as error:
        raise TimeoutError(f"emitCloudEvent: no answer within {LIMIT} s") from error
    reason = answer.error or _STANDARD.get(answer.status, "")
    published = Published(answer.status, reason, answer.body.decode("utf-8", "replace"))
    if answer.error is not None or not published.ok:
        raise PublishError(f"emitCloudEvent: {answer.error or f'status {answer.status}'}", published)
    return published

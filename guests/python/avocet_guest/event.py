"""The `event` of the handler contract: a dictionary with methods."""

import io
import json
import urllib.parse

import bottle

from . import cloudevents


class BadBody(Exception):
    """The body is not what its content type says: the function is not called."""


class Event(dict):
    """`event["data"]`, `event["ce-id"]`, `event["extensions"]["request"]`; methods as attributes."""

    __slots__ = ("_call",)

    def __init__(self, call):
        super().__init__()
        self._call = call

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __reduce__(self):
        # What travels to another process is the data, not the way back to this worker.
        return (dict, (dict(self),))

    def emitCloudEvent(self, type, source, data=None, attributes=None):  # noqa: N802, A002
        """Publishes a CloudEvent; returns the publisher's answer, raises where it refused."""
        return self._call.guest.publish(self._call, cloudevents.build(type, source, data, attributes))

    def publishCloudEvent(self, data):  # noqa: N802
        """Deprecated: use emitCloudEvent."""
        self._call.guest.deprecated("publishCloudEvent", "emitCloudEvent")
        return self._call.guest.publish(self._call, data)

    def buildResponseCloudEvent(self, event_id, event_type, event_data):  # noqa: N802
        """Deprecated: use emitCloudEvent."""
        self._call.guest.deprecated("buildResponseCloudEvent", "emitCloudEvent")
        source = self.get("ce-source") or "/"
        return cloudevents.build(event_type, source, event_data, {"id": event_id})


class Request(bottle.BaseRequest):
    """bottle's request, and it can be pickled: what comes out is a request of its own."""

    def __reduce__(self):
        # bottle keeps itself and its caches in the environment; the body starts over.
        kept = {key: value for key, value in self.environ.items() if not key.startswith("bottle.")}
        body = self.environ["wsgi.input"]
        if isinstance(body, io.BytesIO):
            kept["wsgi.input"] = io.BytesIO(body.getvalue())
        return (Request, (kept,))


def environ(head, body):
    """The WSGI environment of a request frame: only picklable values."""
    path, _, query = head["u"].partition("?")
    env = {
        "REQUEST_METHOD": head["m"],
        "SCRIPT_NAME": "",
        "PATH_INFO": urllib.parse.unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": head["u"],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": head.get("ip") or "",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    flat = head["h"]
    for name, value in zip(flat[::2], flat[1::2]):
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            env[key] = value
        elif key != "CONTENT_LENGTH":
            key = "HTTP_" + key
            env[key] = f"{env[key]},{value}" if key in env else value
    host = env.get("HTTP_HOST", "")
    if host:
        name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdigit() else (host, "", "80")
        env["SERVER_NAME"], env["SERVER_PORT"] = name or host, port
    return env


def build(call):
    """The event of a call. Raises BadBody."""
    head, body = call.head, call.body
    event = Event(call)
    kind = head.get("k", "none")
    envelope = None
    if kind == "json":
        event["data"] = _json(body) if body else {}
    elif kind == "event":
        envelope = _json(body)
        try:
            data = cloudevents.data_of(envelope)
        except ValueError as error:
            raise BadBody(f"the event's data is malformed: {error}") from None
        if data is not None:
            event["data"] = data
    elif kind == "text":
        event["data"] = body.decode("utf-8", "replace")
    elif kind == "form":
        pairs = urllib.parse.parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
        event["data"] = {k: v[0] if len(v) == 1 else v for k, v in pairs.items()}
    elif kind == "binary":
        event["data"] = body
    _attributes(event, head["h"], envelope)
    event["extensions"] = {"request": Request(call.environ)}
    return event


def _json(body):
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBody(f"the body is not valid JSON: {error}") from None


def _attributes(event, flat, envelope):
    if envelope is not None:
        for name, value in envelope.items():
            if name not in ("data", "data_base64") and value is not None:
                event["ce-" + name] = value if isinstance(value, str) else json.dumps(value)
        return
    content_type = None
    for name, value in zip(flat[::2], flat[1::2]):
        if name.startswith("ce-"):
            event[name] = urllib.parse.unquote(value) if "%" in value else value
        elif name == "content-type":
            content_type = value
    if "ce-id" in event and content_type is not None:
        event.setdefault("ce-datacontenttype", content_type)

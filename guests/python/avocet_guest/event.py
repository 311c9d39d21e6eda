"""The `event` of the handler contract: a dictionary with methods."""

import io
import json
import re
import urllib.parse

import bottle

from . import cloudevents, forms, publisher


class BadBody(Exception):
    """The body is not what its content type says: the function is not called."""


class Event(dict):
    """`event["data"]`, `event["ce-id"]`, `event["extensions"]["request"]`; methods as attributes."""

    __slots__ = ("_call", "__dict__")

    def __init__(self, call):
        self._call = call

    @property
    def tracer(self):
        """OpenTelemetry's tracer, inside the span of the invocation."""
        return self._call.guest.telemetry().tracer

    @property
    def ceHeaders(self):  # noqa: N802
        """The dictionary of all fields: the event itself."""
        return self

    def __missing__(self, name):
        if name == "tracer":
            return self.tracer
        if name == "data":
            # Handlers read it without asking whether the caller sent any.
            return b""
        if isinstance(name, str) and name.startswith("ce-"):
            return None
        raise KeyError(name)

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
        return publisher.publish(self._call.guest.host, cloudevents.build(type, source, data, attributes))

    def publishCloudEvent(self, data):  # noqa: N802
        """Deprecated: use emitCloudEvent."""
        self._call.guest.deprecated("publishCloudEvent", "emitCloudEvent")
        return publisher.publish(self._call.guest.host, data)

    def buildResponseCloudEvent(self, event_id, event_type, event_data):  # noqa: N802
        """Deprecated: use emitCloudEvent."""
        self._call.guest.deprecated("buildResponseCloudEvent", "emitCloudEvent")
        source = self.get("ce-source") or "/"
        version = self.get("ce-eventtypeversion")
        return cloudevents.build(event_type, source, event_data, {"id": event_id, "eventtypeversion": version})


class Request(bottle.BaseRequest):
    """bottle's request, and it can be pickled: what comes out is a request of its own.

    Its WSGI environment is made when something looks at it: most functions never do.
    """

    __slots__ = ("_call", "_made")

    def __init__(self, environ=None, call=None):
        object.__setattr__(self, "_call", call)
        object.__setattr__(self, "_made", None)
        if call is None:
            self._adopt({} if environ is None else environ)

    def _adopt(self, made):
        object.__setattr__(self, "_made", made)
        made["bottle.request"] = self

    @property
    def environ(self):
        if self._made is None:
            self._adopt(self._call.environ())
        return self._made

    def __reduce__(self):
        # bottle keeps itself and its caches in the environment; the body starts over.
        kept = {key: value for key, value in self.environ.items() if not key.startswith("bottle.")}
        body = self.environ["wsgi.input"]
        kept["wsgi.input"] = io.BytesIO(body.getvalue() if isinstance(body, io.BytesIO) else b"")
        return (Request, (kept,))


def environ(head, body):
    """The WSGI environment of a request frame: only picklable values, where the body is here whole."""
    path, _, query = head["u"].partition("?")
    # Where the caller's URL is longer, the function is mounted below the rest of it.
    whole = head["u"].partition("?")[0]
    mount = whole[:-len(path)] if whole.endswith(path) else ""
    env = {
        "REQUEST_METHOD": head["m"],
        "SCRIPT_NAME": urllib.parse.unquote_to_bytes(mount).decode("latin-1"),
        "PATH_INFO": urllib.parse.unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": _native(query),
        "REQUEST_URI": _native(head["u"]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": head.get("ip") or "",
        "CONTENT_LENGTH": str(len(body.getvalue())) if isinstance(body, io.BytesIO) else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        # Its end is its end, however long it said that it would be.
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    flat = head["h"]
    latin1 = head.get("l", ())
    for at in range(0, len(flat), 2):
        name, value = flat[at], flat[at + 1]
        if not value.isascii() and at + 1 not in latin1:
            value = _native(value)
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            env[key] = value
        elif key == "CONTENT_LENGTH":
            env[key] = env[key] or value
        else:
            key = "HTTP_" + key
            env[key] = f"{env[key]},{value}" if key in env else value
    host = env.get("HTTP_HOST", "")
    if host:
        name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdigit() else (host, "", "80")
        env["SERVER_NAME"], env["SERVER_PORT"] = name or host, port
    return env


def _native(text):
    """As WSGI has texts: each byte of their UTF-8 is a character (PEP 3333)."""
    return text if text.isascii() else text.encode("utf-8").decode("latin-1")


def build(call):
    """The event of a call. Raises BadBody."""
    body, kind = call.body, call.kind
    event = Event(call)
    envelope = None
    if kind == "none":
        pass
    elif kind == "json":
        event["data"] = _json(body) if body else {}
    elif kind == "event":
        envelope = _json(body)
        _structured(event, envelope)
    elif kind == "text":
        event["data"] = body.decode("utf-8", "replace")
    elif kind == "form":
        event["data"] = _form(body)
    elif kind == "binary":
        if body:
            event["data"] = body
    if envelope is None and b'"ce-' in call.raw_head:
        _binary(event, call.head["h"])
    event["extensions"] = {"request": Request(None, call)}
    return event


def _form(body):
    try:
        return forms.parse(body.decode("utf-8", "replace"))
    except forms.TooDeep as error:
        raise BadBody(str(error)) from None


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


# `NaN` and `Infinity` are Python's own.
_decode = json.JSONDecoder(parse_constant=_refuse).decode


def _json(body):
    try:
        text = body.decode("utf-8", "surrogatepass")
        return _decode(text[1:] if text[:1] == "\ufeff" else text)
    except (ValueError, RecursionError) as error:
        raise BadBody(f"the body is not valid JSON: {error}") from None


def _structured(event, envelope):
    try:
        data = cloudevents.data_of(envelope)
    except ValueError as error:
        raise BadBody(f"the event's data is malformed: {error}") from None
    if data is not None or "data" in envelope:
        event["data"] = data
    for name, value in envelope.items():
        if name not in ("data", "data_base64") and value is not None:
            event["ce-" + name] = value if isinstance(value, str) else json.dumps(value)


def _attribute(value):
    """A header's value as an attribute: HTTP binding, section 3.1.3.2."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    if "%" not in value:
        return value
    try:
        return urllib.parse.unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        return value


def _binary(event, flat):
    content_type = None
    for name, value in zip(flat[::2], flat[1::2]):
        if name.startswith("ce-"):
            event[name] = _attribute(value)
        elif name == "content-type":
            content_type = value
    if content_type is not None and "ce-id" in event:
        event.setdefault("ce-datacontenttype", content_type)

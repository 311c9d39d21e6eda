"""The host services of the function, which waits for each call. The module `avocet` shows them."""

import json

#: Objects up to this size (bytes) travel in one piece, longer ones in pieces of PIECE.
ONCE = 1024 * 1024
PIECE = 256 * 1024

_host = None


def attach(host):
    """The worker says whom to ask."""
    global _host
    _host = host


class ServiceError(RuntimeError):
    """The platform could not do it; `status` says why in HTTP's terms."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


def _about(text):
    return json.dumps(text, ensure_ascii=False)


def _failed(call, about, answer):
    why = answer.error or f"the platform answered {answer.status}"
    return ServiceError(f"{call}{' ' if about else ''}{about}: {why}", answer.status)


def _send(head, body=b""):
    if _host is None:
        raise RuntimeError("host services are there inside of a function only")
    return _host.ask({name: value for name, value in head.items() if value is not None}, body)


def _ask(call, about, head, body=b""):
    answer = _send(head, body)
    if answer.error is not None or answer.status >= 400:
        raise _failed(call, about, answer)
    return answer


def _text(call, what, value):
    if not isinstance(value, str):
        raise TypeError(f"{call}: the {what} must be a str, not {type(value).__name__}")
    return _about(value)


def _whole(call, about, name, value):
    if value is None or isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise TypeError(f"{call} {about}: {name} must be a whole number from 0")


def _encode(call, about, value):
    """A payload: text and bytes as they are, anything else as JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"{call} {about}: the value cannot be written as JSON: {error}") from None


class KeyValue:
    """Keys and values of the function."""

    def get(self, key):
        about = _text("kv.get", "key", key)
        return _ask("kv.get", about, {"op": "kv.get", "key": key}).body

    def get_with_metadata(self, key):
        """A dict with `value`, `revision`, `created` and `expires`; None where there is no such key."""
        call = "kv.get_with_metadata"
        about = _text(call, "key", key)
        answer = _send({"op": "kv.getWithMetadata", "key": key})
        if answer.status == 404:
            return None
        if answer.error is not None:
            raise _failed(call, about, answer)
        return {"value": answer.body, **answer.value}

    def set(self, key, value, *, ttl=None, if_revision=None):
        about = _text("kv.set", "key", key)
        head = {
            "op": "kv.set",
            "key": key,
            "ttl": _whole("kv.set", about, "ttl", ttl),
            "ifRevision": _whole("kv.set", about, "if_revision", if_revision),
        }
        _ask("kv.set", about, head, _encode("kv.set", about, value))

    def delete(self, key):
        _ask("kv.delete", _text("kv.delete", "key", key), {"op": "kv.delete", "key": key})

    def keys(self):
        return _ask("kv.keys", "", {"op": "kv.keys"}).value

    def list(self, prefix="", limit=None, cursor=None):
        """A dict with `keys` and the `cursor` of the next page, which is None on the last."""
        about = _text("kv.list", "prefix", prefix)
        limit = _whole("kv.list", about, "limit", limit)
        return _ask("kv.list", about, {"op": "kv.list", "prefix": prefix, "limit": limit, "cursor": cursor}).value

    def increment(self, key, by=1):
        about = _text("kv.increment", "key", key)
        if not isinstance(by, int):
            raise TypeError(f"kv.increment {about}: the number to add must be an int")
        return _ask("kv.increment", about, {"op": "kv.increment", "key": key, "by": by}).value


class Objects:
    """Objects of the function."""

    def put(self, name, data):
        call, about = "objects.put", _text("objects.put", "name", name)
        data = _encode(call, about, data)
        if len(data) <= ONCE:
            return _ask(call, about, {"op": call, "name": name}, data).value
        transfer = _ask(call, about, {"op": "objects.begin", "name": name}).value
        for at in range(0, len(data), PIECE):
            _ask(call, about, {"op": "objects.write", "transfer": transfer}, data[at : at + PIECE])
        return _ask(call, about, {"op": "objects.commit", "transfer": transfer}).value

    def get(self, name):
        call, about = "objects.get", _text("objects.get", "name", name)
        answer = _ask(call, about, {"op": call, "name": name})
        transfer = answer.value["transfer"]
        if transfer is None:
            return answer.body
        pieces = [answer.body]
        while pieces[-1]:
            pieces.append(_ask(call, about, {"op": "objects.read", "transfer": transfer}).body)
        return b"".join(pieces)

    def delete(self, name):
        call = "objects.delete"
        _ask(call, _text(call, "name", name), {"op": call, "name": name})

    def list(self):
        return _ask("objects.list", "", {"op": "objects.list"}).value


class Messaging:
    """Messages on subjects."""

    def _ask(self, call, op, subject, payload):
        about = _text(call, "subject", subject)
        return _ask(call, about, {"op": op, "subject": subject}, _encode(call, about, payload))

    def publish(self, subject, payload):
        self._ask("messaging.publish", "messaging.publish", subject, payload)

    def request(self, subject, payload):
        return self._ask("messaging.request", "messaging.request", subject, payload).body

    def request_many(self, subject, payload):
        answer = self._ask("messaging.request_many", "messaging.requestMany", subject, payload)
        replies, at = [], 0
        for length in answer.value:
            replies.append(answer.body[at : at + length])
            at += length
        return replies


class Headers(dict):
    """Headers by their names in lower case; reading takes any case."""

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


class Response:
    """An answer of any status: `status`, `headers`, `bytes`, and `response`, the text (None where empty)."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.bytes = body
        self.response = body.decode("utf-8", "replace") if body else None


class Http:
    """HTTP requests within the function's egress policy."""

    def _send(self, name, method, url, body, headers, timeout):
        call = f"http.{name}"
        _text(call, "URL", url)
        flat = []
        for key, values in (headers or {}).items():
            for value in values if isinstance(values, (list, tuple)) else [values]:
                if not isinstance(value, (str, int, float)):
                    raise TypeError(f"{call} {url}: the header {_about(str(key))} must be a str")
                flat += [str(key), str(value)]
        head = {
            "op": "http.request",
            "method": method,
            "url": url,
            "headers": flat,
            "timeout": _whole(call, url, "timeout", timeout),
        }
        answer = _ask(call, url, head, b"" if body is None else _encode(call, url, body))
        found = Headers()
        flat = answer.value["headers"]
        for key, value in zip(flat[::2], flat[1::2]):
            found[key] = f"{found[key]}, {value}" if key in found else value
        return Response(answer.value["status"], found, answer.body)

    def get(self, url, *, headers=None, timeout=None):
        return self._send("get", "GET", url, None, headers, timeout)

    def head(self, url, *, headers=None, timeout=None):
        return self._send("head", "HEAD", url, None, headers, timeout)

    def post(self, url, body=None, *, headers=None, timeout=None):
        return self._send("post", "POST", url, body, headers, timeout)

    def put(self, url, body=None, *, headers=None, timeout=None):
        return self._send("put", "PUT", url, body, headers, timeout)

    def patch(self, url, body=None, *, headers=None, timeout=None):
        return self._send("patch", "PATCH", url, body, headers, timeout)

    def delete(self, url, body=None, *, headers=None, timeout=None):
        return self._send("delete", "DELETE", url, body, headers, timeout)

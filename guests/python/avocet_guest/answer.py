"""What a handler returned or raised, as the fields of a respond frame and its body."""

import json

import bottle


#: bottle's own content type, of every text.
TEXT_TYPE = "text/html; charset=UTF-8"


class Text(bytes):
    """A piece of a body that was a text."""


def plain(value):
    """(kind, body) of an ordinary return value; raises where it cannot become JSON."""
    if value is None or value == "" or value == b"":
        return "none", b""
    if isinstance(value, str):
        return "text", value.encode("utf-8", "surrogatepass")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "bytes", bytes(value)
    if isinstance(value, bool):
        return "text", b"true" if value else b"false"
    if isinstance(value, (int, float)):
        return "text", str(value).encode()
    try:
        return "json", json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError) as error:
        raise type(error)(f"what the function returned cannot become JSON: {error}") from None


def of_bottle(response):
    """(head, body) of a bottle response, or of an error that was raised as one. A body that comes
    piece by piece (a file, a generator) is given back as an iterator of bytes."""
    headers = []
    for name, value in response.headerlist:
        headers += [name, value]
    body = response.body
    if isinstance(body, dict):
        body = json.dumps(body, ensure_ascii=False)
        if "Content-Type" not in response.headers:
            headers = [part for pair in zip(headers[::2], headers[1::2]) if pair[0].lower() != "content-type"
                       for part in pair] + ["Content-Type", "application/json"]
    head = {"r": "response", "s": response.status_code, "h": headers}
    return head, _bytes(body, getattr(response, "charset", None) or "utf-8")


def _bytes(body, charset):
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode(charset)
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if isinstance(body, (list, tuple)):
        return b"".join(_bytes(part, charset) for part in body)
    if isinstance(body, (int, float)):
        return plain(body)[1]
    if not comes_in_pieces(body) and not hasattr(body, "__iter__"):
        raise TypeError(f"the body of the response is of type {type(body).__name__}, which cannot be sent")
    return pieces(body, charset)


def comes_in_pieces(value):
    """Whether a handler's value is an open file or something like a generator."""
    return hasattr(value, "__next__") or hasattr(value, "read")


def pieces(body, charset="utf-8"):
    """Bytes of an open file or of an iterator of texts and bytes, which is closed at the end."""
    parts = iter(lambda: body.read(64 * 1024) or b"", b"") if hasattr(body, "read") else body
    try:
        for part in parts:
            if part is not None and part != "" and part != b"":
                yield _piece(part, charset)
    finally:
        if hasattr(body, "close"):
            body.close()


def _piece(part, charset):
    """Texts and bytes as they are, anything else as a line of JSON."""
    if isinstance(part, str):
        return Text(part.encode(charset))
    if isinstance(part, (bytes, bytearray, memoryview)):
        return bytes(part)
    return json.dumps(part, ensure_ascii=False).encode(charset) + b"\n"


def pieces_awaited(body, wait):
    """Bytes of an async generator; `wait(awaitable)` gives the result."""
    try:
        while True:
            try:
                part = wait(body.__anext__())
            except StopAsyncIteration:
                return
            if part is not None and part != "" and part != b"":
                yield _piece(part, "utf-8")
    finally:
        if hasattr(body, "aclose"):
            wait(body.aclose())


def is_response(value):
    return isinstance(value, bottle.BaseResponse)


def with_content_type(value):
    """An object that says its own content type (a `content-type` header) sets it."""
    headers = getattr(value, "headers", None)
    if headers is None or is_response(value):
        return None
    try:
        return headers["content-type"]
    except (KeyError, TypeError):
        return None

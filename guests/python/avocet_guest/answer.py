"""What a handler returned or raised, as the fields of a respond frame and its body."""

import json

import bottle


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
    return "json", json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def of_bottle(response):
    """(head, body) of a bottle response, or of an error that was raised as one."""
    headers = []
    for name, value in response.headerlist:
        headers += [name, value]
    body = response.body
    explicit = any(name.lower() == "content-type" for name, _ in response._headers.items()) \
        if getattr(response, "_headers", None) else False
    if isinstance(body, dict):
        body = json.dumps(body, ensure_ascii=False)
        if not explicit:
            headers = [part for pair in zip(headers[::2], headers[1::2]) if pair[0].lower() != "content-type"
                       for part in pair] + ["Content-Type", "application/json"]
    if isinstance(body, str):
        body = body.encode(getattr(response, "charset", None) or "utf-8")
    elif isinstance(body, (bytes, bytearray)):
        body = bytes(body)
    elif body is None:
        body = b""
    else:
        # A file, a generator or a list: bottle serves these piece by piece.
        parts = body if not hasattr(body, "read") else iter(lambda: body.read(64 * 1024), b"")
        body = b"".join(part.encode("utf-8") if isinstance(part, str) else part for part in parts)
    return {"r": "response", "s": response.status_code, "h": headers}, body


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

# What bottle's own responses do, returned or raised.
import io

import bottle


class Document(dict):
    headers = {"content-type": "application/vnd.doc+json"}


class Text(str):
    headers = {"content-type": "text/x-own"}


def raised(response):
    raise response


def pieces():
    yield "one,"
    yield b"two,"
    yield "drei: ä"


async def awaited(response):
    return response


def with_cookie():
    response = bottle.HTTPResponse(body="set")
    response.set_cookie("session", "a", path="/shop", httponly=True)
    return response


HTTPResponse, HTTPError = bottle.HTTPResponse, bottle.HTTPError
CASES = {
    "returned": lambda: HTTPResponse(body="teapot", status=418, headers={"X-Pot": "short"}),
    "raised": lambda: raised(HTTPResponse(body="made", status=201)),
    "status-line": lambda: HTTPResponse(body="x", status="599 Own Reason"),
    "dict": lambda: HTTPResponse(body={"a": 1}, status=202),
    "bytes": lambda: HTTPResponse(body=b"\x00\xff", headers={"Content-Type": "application/octet-stream"}),
    "empty": lambda: HTTPResponse(status=204),
    "error-raised": lambda: raised(HTTPError(404, "no such page")),
    "error-returned": lambda: HTTPError(409, "taken"),
    "abort": lambda: bottle.abort(403, "not you"),
    "redirect": lambda: bottle.redirect("/elsewhere"),
    "generator": lambda: HTTPResponse(body=pieces(), headers={"Content-Type": "text/plain"}),
    "file": lambda: HTTPResponse(body=io.BytesIO(b"from a file")),
    "cookie": with_cookie,
    "awaited": lambda: awaited(HTTPResponse(body="later", status=203)),
    "awaited-raise": lambda: awaited_raise(),
    "number": lambda: HTTPResponse(body=42, status=201),
    "length": lambda: HTTPResponse(headers={"Content-Length": "1000"}),
    "no-body": lambda: HTTPResponse(body=object()),
    "broken-generator": lambda: HTTPResponse(body=(1 // 0 for _ in "x")),
    "raising-generator": lambda: HTTPResponse(body=(bottle.abort(409, "too late") for _ in "x")),
    "typed-dict": lambda: Document(a=1),
    "typed-text": lambda: Text("own text"),
}


async def awaited_raise():
    raise HTTPError(410, "gone")


def main(event, context):
    return CASES[event["extensions"]["request"].query["case"]]()

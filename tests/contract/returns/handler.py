async def later(value):
    return value


async def pieces():
    yield "one "
    yield b"two "
    yield await later("three")


def values():
    yield {"a": 1}
    yield [2]
    yield 3


async def broken():
    raise ValueError("before anything was sent")
    yield ""


class Awaitable:
    def __await__(self):
        return later("thenable").__await__()


RETURNED = {
    "nothing": lambda: None,
    "null": lambda: None,
    "empty-string": lambda: "",
    "string": lambda: "plain text, not JSON: {}",
    "unicode": lambda: "Grüße, 世界 🌍",
    "object": lambda: {"a": 1, "nested": {"b": [True, None]}},
    "array": lambda: [1, "two", {"three": 3}],
    "empty-object": lambda: {},
    "buffer": lambda: b"\x00\xff\x10",
    "uint8array": lambda: bytearray([1, 2, 255]),
    "empty-buffer": lambda: b"",
    "buffer-slice": lambda: memoryview(b"abcdef")[2:4],
    "number": lambda: 42,
    "float": lambda: 0.5,
    "zero": lambda: 0,
    "true": lambda: True,
    "false": lambda: False,
    "promise": lambda: later("later"),
    "async-generator": pieces,
    "generator-of-values": values,
    "broken-generator": broken,
    "thenable": lambda: Awaitable(),
}


def main(event, context):
    return RETURNED[event["extensions"]["request"].query["case"]]()

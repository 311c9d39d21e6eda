class Error(Exception):
    pass


class NoOrdinaryException(BaseException):
    pass


def fail(error):
    raise error


async def fail_later(error):
    raise error


THROWN = {
    "error": lambda: fail(Error("secret detail")),
    "object": lambda: fail(NoOrdinaryException(7)),
    "rejected-error": lambda: fail_later(TypeError("secret detail, later")),
    "fine": lambda: "fine",
}


def main(event, context):
    return THROWN[event["extensions"]["request"].query["case"]]()

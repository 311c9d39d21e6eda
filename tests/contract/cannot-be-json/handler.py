import bottle


def cycle():
    a = {"name": "a"}
    a["self"] = a
    return a


def sent():
    a = []
    a.append(a)
    return bottle.HTTPResponse(body={"a": a})


RETURNED = {
    "cycle": cycle,
    "bigint": lambda: {"a set": {1}},
    "throwing": lambda: {"an object": object()},
    "sent": sent,
    "fine": lambda: "fine",
}


def main(event, context):
    return RETURNED[event["extensions"]["request"].query["case"]]()

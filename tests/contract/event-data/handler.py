# Tells what kind of value `event["data"]` is.
KINDS = {str: "string", bytes: "Buffer", list: "array", dict: "object"}


def main(event, context):
    if "data" not in event:
        return {"kind": "undefined"}
    data = event["data"]
    if isinstance(data, bytes):
        return {"kind": "Buffer", "hex": data.hex()}
    return {"kind": KINDS[type(data)], "data": data}

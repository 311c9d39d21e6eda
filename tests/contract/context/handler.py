import json


def main(event, context):
    return json.dumps(dict(context), separators=(",", ":"))

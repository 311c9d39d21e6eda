import os


def main(event, context):
    return {"greeting": os.environ.get("GREETING"), "missing": "MISSING" not in os.environ}

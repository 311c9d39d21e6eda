import json
import os

from lib import add
from lib.sub import sub
import other

HERE = os.path.dirname(__file__)


def main(event, context):
    path = event["extensions"]["request"].path
    if path == "/lazy":
        from lib.lazy import TEXT
        return TEXT
    if path == "/missing":
        import nowhere
        return nowhere
    with open("data.json", encoding="utf-8") as file:
        numbers = json.load(file)
    return {"add": add(numbers["a"], numbers["b"]), "sub": sub(5, 3), "other": other.NAME,
            "same folder": os.path.samefile(HERE, os.getcwd())}

import logging
import sys


def main(event, context):
    print("Hello")
    print("two", "words", 3, {"a": [1, 2]})
    print("in ", end="")
    print("pieces")
    print("broken", file=sys.stderr)
    logging.getLogger("mine").warning("careful")
    sys.stdout.write("first line\nsecond line")

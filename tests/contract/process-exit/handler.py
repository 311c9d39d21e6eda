import sys


def main(event, context):
    if event["extensions"]["request"].path == "/exit":
        sys.exit(3)
    return "alive"

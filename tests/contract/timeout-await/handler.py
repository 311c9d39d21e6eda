import threading


def main(event, context):
    if event["extensions"]["request"].path == "/never":
        threading.Event().wait()
    return "quick"

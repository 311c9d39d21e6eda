import threading

timer = None


def too_late():
    raise Exception("in a timer, too late")


def main(event, context):
    global timer
    path = event["extensions"]["request"].path
    if path == "/timer":
        timer = threading.Timer(0.001, too_late)
        timer.start()
    # The last call is answered once the timer has fired.
    if path == "/" and timer:
        timer.join()
    return "answered"

from bottle import HTTPResponse


def main(event, context):
    """Counts the words of a text: `curl -d 'to be or not to be' -H 'content-type: text/plain'`."""
    data = event.get("data")
    words = data.split() if isinstance(data, str) else []
    if not words:
        return HTTPResponse("Send a text.", status=400)
    return HTTPResponse(f"{len(words)} words", status=202, headers={"x-longest": max(words, key=len)})

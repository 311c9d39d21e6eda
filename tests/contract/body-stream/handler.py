# Reads its request while it comes.
import hashlib


def main(event, context):
    request = event["extensions"]["request"]
    if request.path == "/unread":
        return "unread"
    digest, length = hashlib.md5(), 0
    while True:
        part = request.body.read(65536)
        if not part:
            break
        digest.update(part)
        length += len(part)
    return {
        "length": length, "md5": digest.hexdigest(), "data": "data" in event, "limit": context["body-size-limit"],
        "id": event["ce-id"] if "ce-id" in event else None, "declared": int(request.get_header("content-length") or 0),
    }

# Nothing of a form is lost: every field counts, and lists stay lists.
def main(event, context):
    data = event["data"]
    found = data.get("a")
    return {"names": len(data), "list": len(found) if isinstance(found, list) else found}

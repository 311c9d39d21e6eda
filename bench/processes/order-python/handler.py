def main(event, context):
    return {"ok": True, "id": event["ce-id"], "items": len(event["data"]["items"])}

# Answers with every attribute and the data.
NAMES = ["type", "source", "specversion", "id", "time", "eventtypeversion", "datacontenttype", "subject", "traceid"]


def main(event, context):
    attributes = {name: event["ce-" + name] for name in NAMES if "ce-" + name in event}
    answer = {"attributes": attributes}
    if event.get("data") is not None:
        data = event["data"]
        answer["data"] = {"hex": data.hex()} if isinstance(data, bytes) else data
    return answer

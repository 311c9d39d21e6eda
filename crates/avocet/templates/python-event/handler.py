def main(event, context):
    """Called for each request and each event. What it returns is the answer: a str is sent as
    text, a dict as JSON, None as an empty body."""
    data = event["data"]
    name = data.get("name", "world") if isinstance(data, dict) else "world"
    print(f"greeting {name}")
    return {"message": f"Hello, {name}!", "from": context["function-name"]}

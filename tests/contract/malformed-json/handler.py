def main(event, context):
    print("called")
    return event["data"]

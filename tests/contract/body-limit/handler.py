def main(event, context):
    return str(len(event["data"]))

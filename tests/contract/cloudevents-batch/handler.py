def main(event, context):
    print(f"got {event['ce-id']} {event['data']['n']}")

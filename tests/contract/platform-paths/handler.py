def main(event, context):
    print(f"called for {event['extensions']['request'].path}")
    return "function"

def main(event, context):
    return event["extensions"]["request"].method

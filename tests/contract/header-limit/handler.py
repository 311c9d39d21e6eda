def main(event, context):
    return str(len(event["extensions"]["request"].get_header("x-long", "")))

def main(event, context):
    return "loaded"

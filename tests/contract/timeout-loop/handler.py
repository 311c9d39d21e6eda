def main(event, context):
    while event["extensions"]["request"].path == "/loop":
        pass
    return "quick"

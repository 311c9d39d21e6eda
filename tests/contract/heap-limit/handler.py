def main(event, context):
    if event["extensions"]["request"].path != "/leak":
        return "small"
    kept = []
    while True:
        kept.append([len(kept)] * 100000)

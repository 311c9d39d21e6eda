def create(event, context):
    return "created"


def main(event, context):
    return "not this one"

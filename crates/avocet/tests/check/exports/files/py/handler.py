"""main"""


def handler(event, context):
    return 'main'

import not_there_at_all

def main(event, context):
    return not_there_at_all.x

# import in_a_comment
import os, json, yaml
import cv2, google.cloud.storage
from bottle import HTTPResponse
from opentelemetry import trace
from lib.rates import rate
import local
"""
import in_a_string
"""
try:
    import optional_thing
except ImportError:
    optional_thing = None
if os.name == 'nt':
    import of_another_system


def main(event, context):
    import not_there_one.part
    return HTTPResponse(json.dumps([rate(), str(yaml), str(cv2), str(google), str(trace), str(local)]))

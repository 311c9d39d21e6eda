from . import other
from .deep import thing
import not_there_two as two, not_there_one


def rate():
    return two

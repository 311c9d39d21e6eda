from own import *

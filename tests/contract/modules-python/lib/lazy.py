TEXT = "loaded when needed"

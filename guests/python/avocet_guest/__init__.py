"""Avocet's worker for one function on CPython, 3.8 or later."""

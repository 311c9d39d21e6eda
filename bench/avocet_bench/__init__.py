"""What `make bench` measures, one module per subject; bench/run.py is the entry."""

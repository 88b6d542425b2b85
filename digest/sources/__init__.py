"""Reads papers and signals from the outside world.

In:    a kind, a URL, categories; the bytes that servers answer with.
Out:   papers and signals, and a line for each entry that could not be read.
Never: a database, a decision about what is worth reading.
"""

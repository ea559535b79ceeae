"""Runs inside the sandbox, under the interpreter of the project being optimized.

Standard library only, syntax of Python 3.9, relative imports only: the folder is loaded there under a private package
name (`bootstrap.py`), so that none of its modules can be confused with one of the project's.
"""

"""Rebuild the files of facts about AWS from botocore's service models and the list of IAM actions: `python -m aws_facts`.

The files are part of iamsql; this package is not. A module of `files` has the name of a file, and its `rows` returns the rows.
"""

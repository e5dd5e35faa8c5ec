"""Declarations of API calls that several tables need. The file of a table declares the calls that only it needs."""

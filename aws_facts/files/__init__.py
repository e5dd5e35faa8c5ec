"""A module for each file that can be rebuilt; it has the name of the file."""

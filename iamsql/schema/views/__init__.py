"""Tables that are SQL over other tables, one a file."""

"""Tables over one call and its joins: one table, one file, nothing but a declaration."""

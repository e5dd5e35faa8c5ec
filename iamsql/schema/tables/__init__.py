"""Tables over one call and its joins. Each file declares one table."""

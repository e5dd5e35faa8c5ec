"""SQL and columns that several tables share."""

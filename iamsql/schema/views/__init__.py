"""Tables in SQL over other tables and raw items. Each file declares one table."""

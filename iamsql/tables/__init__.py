"""The declarations of tables and views, and the SQL that fills them from the responses of AWS."""

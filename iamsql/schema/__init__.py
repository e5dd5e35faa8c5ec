"""Tables and views: their declarations, one a file, and the SQL that fills them from the responses of AWS."""

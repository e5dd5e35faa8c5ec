"""Run one query: find or read the SQL, bind its arguments, translate it, execute it, and add notes on missing data."""

-- Conditions of table scans.

-- Returns a condition on one column, such as `event_name in (…)`, in a form that a scan evaluates. DuckDB 2.0 uses IN to skip row
-- groups, but filters the rows only after the scan has read all columns. The scan evaluates coalesce, and then reads the other
-- columns of the selected rows only.
create or replace macro scan_filter(condition) as condition and coalesce(condition, false);

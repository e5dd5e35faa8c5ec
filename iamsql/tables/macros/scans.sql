-- Conditions of table scans.

-- A condition on one column, such as `event_name in (…)`. DuckDB 2.0 uses IN to skip row groups, but filters the rows after
-- the scan has read all columns. It evaluates coalesce in the scan, which then reads the other columns of the selected rows only.
create or replace macro scan_filter(condition) as condition and coalesce(condition, false);

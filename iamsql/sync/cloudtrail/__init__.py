"""CloudTrail events: look-ups, log files of a trail's bucket, loading them into a run file, and reuse of earlier runs."""

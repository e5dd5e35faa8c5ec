"""Check what a sync needs before it runs: a row for each check, with the next step."""

"""Sync, check, report, notify and prune as one command for schedulers."""

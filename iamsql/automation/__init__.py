"""Runs without a person: the steps of a scheduled run, notifications about changes, and the templates that deploy both."""

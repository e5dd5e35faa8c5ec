"""Tests of query files over the sample organization: expected rows, unread data, seconds; as a command and as a pytest plugin."""

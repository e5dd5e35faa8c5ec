"""The data that a run did not collect, by account and call, and every sentence about it."""

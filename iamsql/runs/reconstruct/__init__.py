"""The state at a past moment: the newest run before it, with the IAM events until the moment applied to its items."""

"""The only package that sends requests to AWS: find accounts, assume roles, make each call once, and record its result."""

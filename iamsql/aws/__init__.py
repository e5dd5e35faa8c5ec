"""The only package that sends requests to AWS: find accounts, assume roles, collect each call once, and record how it fared."""

"""Templates that deploy iamsql: the audit role in each account, and scheduled runs on AWS."""

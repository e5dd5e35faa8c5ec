"""Tell others what changed between two runs: Slack, Microsoft Teams, webhooks, e-mail, and AWS services."""

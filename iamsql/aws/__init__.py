"""The only place that talks to AWS: find accounts, enter them, ask each thing once, say how every question fared."""

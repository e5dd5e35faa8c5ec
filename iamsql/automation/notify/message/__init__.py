"""What a notification says: its sentences, its list of changes, and its HTML mail."""

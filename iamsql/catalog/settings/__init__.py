"""Read iamsql.toml: the options of commands, and where each value comes from."""

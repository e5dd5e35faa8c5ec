"""Check query files without a run: front matter, names, functions, parameters, columns, and answers that differ."""

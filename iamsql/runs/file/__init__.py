"""Build run files: the template that each starts as, and the rows that a sync or an import adds."""

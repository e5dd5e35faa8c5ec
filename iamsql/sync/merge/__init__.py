"""`runs merge`: make one run of the files that shards of a sync have written."""

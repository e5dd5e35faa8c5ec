"""A lake: many runs of many organizations as partitioned Parquet files, in a folder or in S3, with a manifest."""

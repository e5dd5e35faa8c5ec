"""The JSON columns with lists of strings, which queries cast to a list."""

# In the Parquet files of a lake they have the type of a list, which every engine reads; in a run file, and in SQL over either,
# they are JSON.
TEXT_LISTS = frozenset(
    "attached_policy_arns client_id_list enabled_features instance_profile_arns thumbprint_list".split()
)

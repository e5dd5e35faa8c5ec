"""The tables of a run file. Each module `aws_*` declares one; the other modules and packages fill tables and describe them."""

"""Ask an AWS organization who can get in, in SQL."""

__version__ = "0.1.0"
HOMEPAGE = "https://github.com/iamsql/iamsql"

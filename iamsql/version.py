"""The version of iamsql, which release archives, run files and user agents name."""

__version__ = "0.1.0"
HOMEPAGE = "https://github.com/iamsql/iamsql"

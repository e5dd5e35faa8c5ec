"""A module for each file: FILE is its path, ABOUT and SOURCE are its comments, HEADER and rows() its content."""

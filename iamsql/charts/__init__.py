"""Draw charts of rows: as SVG for pages and files, as text for a terminal."""

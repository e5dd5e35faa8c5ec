"""Draw charts of rows: as SVG for pages and files, as text for a terminal.

A chart shows a missing value as a gap or as hatching, never as zero.
"""

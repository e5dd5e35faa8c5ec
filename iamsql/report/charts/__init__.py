"""Draw the charts of the HTML report as SVG. A chart shows a missing value as a gap or as hatching, never as zero."""

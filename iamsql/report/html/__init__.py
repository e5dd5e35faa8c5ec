"""Write the contents of a report as one HTML page: markup and SVG by Python, data as JSON, a little JavaScript."""

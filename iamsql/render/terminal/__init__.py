"""Write rows for a person at a terminal: they fit its width, and colors show severity and status."""

"""Measurements of speed and memory, as ratios within one run on one machine: each module measures one part of iamsql."""

"""Run many queries on one open run: detections, which return findings, and controls, which return results by benchmark."""

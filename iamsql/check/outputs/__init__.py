"""Write results of controls and detections for other tools: SARIF, OCSF, ASFF, JUnit, Powerpipe, spreadsheets."""

"""The articulatory teacher: phones and sound become curves, calibrated on a real face."""

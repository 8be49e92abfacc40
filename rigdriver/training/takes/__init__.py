"""Takes to learn from: public data sets, a studio's folder, phone labels and forced alignment."""

"""The region on one machine: switches that behave, and who reaches whom. A peer of the product; neither imports the other."""

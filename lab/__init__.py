"""The region on one machine: switches that behave, and who reaches whom. It and the product import nothing of each other."""

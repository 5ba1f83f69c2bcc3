"""The region on one machine: switches that behave, and who reaches whom. Never imports the product."""

"""The region on one machine: switches that behave, and who reaches whom. Never imports the product."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CENTRE = "operations_centre"

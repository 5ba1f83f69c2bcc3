"""The demonstration: one municipality moves through all seven stages, and what held is shown.

It stands with the lab because it measures with the lab's instruments; the product it only runs, by its commands.
"""

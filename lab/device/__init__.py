"""One switch: its power, flash, timers and faults, and what its platform must be able to do."""

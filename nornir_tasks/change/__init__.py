"""One safe change of devices: plan, approvals, way back, probes, confirmation, recovery."""

"""Health checks and the drift audit: what is wrong, why, and what to do."""

from nornir_tasks.checks.drift import DriftResult, audit
from nornir_tasks.checks.health import CheckResult, health

__all__ = ["CheckResult", "DriftResult", "audit", "health"]

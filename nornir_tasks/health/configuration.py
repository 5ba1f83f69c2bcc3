"""What a running configuration says of ports, VLANs and addresses, for the checks."""

from nornir_tasks.health.check import Observation
from nornir_tasks.health.facts import RUNNING
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.management_access import ManagementAccess


def read_configuration(observation: Observation) -> ManagementAccess:
    """What the running configuration says.

    Raises:
        ConfigurationError: a line of it cannot be read.
    """
    vendor = platform(observation.device.platform)
    return vendor.read_management_access(vendor.mask(observation.value(RUNNING))[0])

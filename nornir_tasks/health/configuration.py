"""What a running configuration says of ports, VLANs and addresses, for the checks."""

from nornir_tasks.health.check import Observation
from nornir_tasks.health.facts import RUNNING
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.management_access import ManagementAccess


def read_configuration(observation: Observation) -> ManagementAccess:
    """What the running configuration says; read once a device: to mask and read that of a core takes 25 ms.

    Raises:
        ConfigurationError: a line of it cannot be read.
    """
    worked_out = observation.worked_out
    if read_configuration.__name__ not in worked_out:
        vendor = platform(observation.device.platform)
        masked, _ = vendor.mask(observation.value(RUNNING))
        worked_out[read_configuration.__name__] = vendor.read_management_access(masked)
    access: ManagementAccess = worked_out[read_configuration.__name__]
    return access

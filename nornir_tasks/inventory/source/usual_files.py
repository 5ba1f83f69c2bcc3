"""Which file usually says which variable: of a file that is gone, its name is told, and not all that it said."""

USUAL_FILES = {
    "policies.yml": (
        "management_networks", "change_window", "soak_seconds", "backup_max_age_seconds", "confirm_seconds",
        "uplink_network",
    ),
    "ports.yml": ("port_profiles", "switch_models"),
    "services.yml": (
        "domain", "timezone", "time_servers", "name_servers", "log_servers", "dhcp_servers", "control_nodes",
        "accounts", "banner",
    ),
    "common_services.yml": ("common_services",),
    "destinations.yml": ("destinations", "exits"),
    "service_levels.yml": ("service_levels", "default_service_level", "maintenance_notice_hours"),
    "administrators.yml": ("administrators",),
    "user_groups.yml": ("user_groups",),
    "zones.yml": ("zones", "parking_vlan", "site_purposes"),
    "municipality.yml": ("label", "number", "prefix", "sites"),
    "links.yml": ("links",),
}  # fmt: skip


def find_usual_file(key: str) -> str | None:
    """The name of the file, below the group's folder, that usually says a variable."""
    return next((name for name, keys in USUAL_FILES.items() if key in keys), None)

"""What the role ``baseline`` is told: who may log in, and which of the centre's services the server is a client of."""

from typing import Any

from nornir_tasks.model.services import PortRange
from nornir_tasks.server_roles.view import ServerView

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def applies_to(server: ServerView) -> bool:
    """Every server of ours gets it."""
    return True


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables. Who gives a service is no client of it: its own role says what it asks."""
    standard = server.standard
    return {
        "baseline__automation_account": standard.accounts[0].name,
        "baseline__administrators": [
            {"name": name, "label": person.label, "keys": list(person.keys), "until": person.until.isoformat()}
            for name, person in standard.administrators.items()
        ],
        "baseline__banner": standard.banner,
        "baseline__domain": standard.domain,
        "baseline__timezone": standard.timezone,
        "baseline__time_servers": [] if "time" in server.services else list(map(str, standard.time_servers)),
        "baseline__name_servers": list(map(str, standard.name_servers)),
        "baseline__log_servers": [] if "logs" in server.services else list(map(str, standard.log_servers)),
        "baseline__update_day": choose_update_day(server),
        "baseline__address": str(server.addresses[0]),
        "baseline__ssh_from": [partner.name for partner in server.find_partners("control_nodes")[:1]],
        "baseline__agent_from": [partner.name for partner in server.find_partners("monitoring")[:1]],
        **derive_log_port(server),
    }


def derive_log_port(server: ServerView) -> dict[str, Any]:
    """How logs are shipped: over TCP if the log servers listen there, since only then is it known what has arrived."""
    record = server.standard.common_services.get("logs")
    ports = sorted(map(PortRange.parse, record.ports)) if record else []  # TCP comes before UDP
    return {"baseline__log_protocol": ports[0].protocol, "baseline__log_port": ports[0].first} if ports else {}


def choose_update_day(server: ServerView) -> str:
    """The day of the week on which a server takes its security updates: of a pair, and of the halves, never the same.

    The days are those of the change window, as far as there are enough of them.
    """
    window = server.standard.change_window.days
    days: tuple[str, ...] = window if len(window) > 1 else WEEK
    return days[server.half * (len(days) // 2)]

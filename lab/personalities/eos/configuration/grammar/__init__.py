"""The configuration lines that EOS takes, where, and how it shows them: data, read by ``config``."""

from lab.personalities.eos.configuration.grammar import interfaces, routing, services
from lab.personalities.eos.configuration.grammar.interfaces import INTERFACES
from lab.personalities.eos.configuration.grammar.rule import Context, Rule
from lab.personalities.eos.configuration.grammar.top import GLOBAL

__all__ = ["CONTEXTS", "GLOBAL", "INTERFACES", "Context", "Rule"]

CONTEXTS: dict[str, Context] = {
    context.name: context for context in (*interfaces.CONTEXTS, *routing.CONTEXTS, *services.CONTEXTS)
}

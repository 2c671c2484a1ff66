"""Rules about a customer: CEL expressions (https://cel.dev), typed when they are compiled.

Evaluation ends: there are no macros, so no loops, and an expression is at most as long and as
deep as the schemas and the compiler allow. Regular expressions are RE2's, in linear time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel

from shared.programme.problems import did_you_mean

Values = Mapping[str, Any]
"""What the variables are, by name: `total`, `acts.purchase`."""

# Numbers of scores are dynamic, since CEL would have `total > 20` written as `total > 20.0`.
_NUMBER, _COUNT, _TEXT = cel.Type.DYN, cel.Type.INT, cel.Type.STRING
_VARIABLES: Mapping[str, tuple[cel.Type, Any, str]] = {
    "total": (_NUMBER, 0.0, "The whole score."),
    "level": (_TEXT, "", "The level that the whole score stands in."),
    "links.experience": (_NUMBER, 0.5, "From 0 (bad) to 1 (good); 0.5 where nothing is known."),
    "links.engagement": (_NUMBER, 0.0, "The whole score."),
    "links.loyalty": (_NUMBER, 0.0, "Orders, the recent ones counting more."),
    "links.profit": (_NUMBER, 0.0, "Margin in the programme's currency, the recent more."),
    "orders": (_COUNT, 0, "Orders ever placed."),
    "spent": (_NUMBER, 0.0, "Paid less refunded, in the programme's currency."),
    "days_since_first": (_COUNT, 0, "Whole days since the first act."),
    "days_since_last": (_COUNT, 0, "Whole days since the latest act."),
    "rfm.recency": (_COUNT, 0, "By the latest act: 1 (longest ago) to 5; 0 without orders."),
    "rfm.frequency": (_COUNT, 0, "1 (fewest orders) to 5; 0 without orders."),
    "rfm.monetary": (_COUNT, 0, "1 (least spent) to 5; 0 without orders."),
    "locale": (_TEXT, "", "BCP 47 tag of the customer's language; empty if not known."),
}
_NO_MACROS = cel.NewEnvConfigFromYaml("stdlib: {disable_macros: true}")
_MACROS = {"all", "exists", "exists_one", "filter", "has", "map"}
_FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.+)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_NO_OVERLOAD = re.compile(r"found no matching overload for '_?([^']*?)_?' applied to '\((.*)\)'")
_FOREIGN = re.compile(r"(?<![=!<>])=(?!=)|<>|\b(?:and|or|not|AND|OR|NOT)\b")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an expression, at the character `offset`."""

    offset: int
    reason: str


class ExpressionInvalid(ValueError):
    """An expression that can't be compiled, with all its faults."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.reason for fault in self.faults))


class EvaluationFailed(ValueError):
    """An expression that has no answer for some values."""


class Expression:
    """True or false of each customer; `variables` are the names that it may ask for."""

    __slots__ = ("_compiled", "variables")

    def __init__(self, compiled: cel.Expression, variables: frozenset[str]) -> None:
        self._compiled = compiled
        self.variables = variables

    def holds(self, values: Values) -> bool:
        """Raises EvaluationFailed."""
        answer = self._compiled.eval(data=values)
        if answer.type() != cel.Type.BOOL:
            raise EvaluationFailed(_lead(str(answer.value())))
        return bool(answer.value())


class Language:
    """The variables of a programme, and expressions over them."""

    def __init__(
        self, acts: Iterable[str], dimensions: Iterable[str], scores: Iterable[str]
    ) -> None:
        """Names of the acts, of the dimensions and of the scores beside the whole one. CEL knows
        no hyphens in names: `scores.top-fan` would be a difference, so it is `scores.top_fan`."""
        self.variables = {
            **_VARIABLES,
            **{f"acts.{a}": (_COUNT, 0, f"Acts of the kind {a}.") for a in sorted(acts)},
            **{
                f"dimensions.{d}": (_NUMBER, 0.0, f"What of the score is {d}.")
                for d in sorted(dimensions)
            },
            **{member(s): (_NUMBER, 0.0, f"The score {s}.") for s in sorted(scores)},
        }
        types = {name: kind for name, (kind, _, _) in self.variables.items()}
        self._env = cel.NewEnv(config=_NO_MACROS, variables=types)
        self._nobody = {name: nothing for name, (_, nothing, _) in self.variables.items()}

    def compile(self, text: str) -> Expression:
        """Raises ExpressionInvalid for what is no expression, of unknown names, of types that do
        not fit, or without an answer for a customer of whom nothing is known."""
        try:
            compiled = self._env.compile(text)
        except RuntimeError as error:
            raise ExpressionInvalid(self._faults(text, str(error))) from None
        kind = compiled.return_type()
        if kind != cel.Type.BOOL:
            reason = f"must be true or false, and is {kind.name().lower()}: compare it"
            raise ExpressionInvalid([Fault(0, reason)])
        expression = Expression(compiled, frozenset(self._named(text)))
        try:
            expression.holds(self._nobody)
        except EvaluationFailed as error:
            reason = f"has no answer for a customer without acts: {error}"
            raise ExpressionInvalid([Fault(0, reason)]) from None
        return expression

    def _named(self, text: str) -> Iterator[str]:
        for found in _NAME.finditer(text):
            name = "".join(found[0].split())
            # A method follows a name after a dot too: `level.startsWith`.
            yield from {name, name.rpartition(".")[0]} & self.variables.keys()

    def _faults(self, text: str, message: str) -> Iterator[Fault]:
        lines = text.split("\n")
        found = list(_FAULT.finditer(message))
        for one in found:
            line, column = int(one[1]), int(one[2])
            offset = sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
            undeclared = _UNDECLARED.match(one[3])
            overload = _NO_OVERLOAD.match(one[3])
            if undeclared:
                yield self._unknown(undeclared[1], offset, called=text[offset : offset + 1] == "(")
            elif overload:
                operator = overload[1].strip("_")
                yield Fault(offset, f"'{operator}' does not go with ({overload[2]})")
            else:
                yield Fault(offset, _lead(one[3]) + _dialect(text))
        if not found:
            yield Fault(0, _lead(message))

    def _unknown(self, name: str, offset: int, *, called: bool) -> Fault:
        if called:  # CEL points to the bracket, for other names to the last dot.
            reason = (
                "unknown function; there are no loops" if name in _MACROS else "unknown function"
            )
            return Fault(offset - len(name), f"'{name}': {reason}")
        reason = f"'{name}' is unknown.{self._hint(name)}"
        return Fault(offset - max(0, name.rfind(".")), reason)

    def _hint(self, name: str) -> str:
        within = sorted(known for known in self.variables if known.startswith(f"{name}."))
        if within:
            return f" Say which: {', '.join(within)}."
        room, dot, last = name.rpartition(".")
        near = {known for known in self.variables if known.startswith(room + dot)}
        known = near or self.variables.keys()
        close = did_you_mean(last, [one.removeprefix(room + dot) for one in known])
        return close or f" Known: {', '.join(sorted(known))}."


def member(score: str) -> str:
    """The variable of a score."""
    return f"scores.{score.replace('-', '_')}"


def _dialect(text: str) -> str:
    """A hint for who writes another language's operators."""
    return ". Here they are ==, !=, &&, || and !" if _FOREIGN.search(text) else ""


def _lead(message: str) -> str:
    """Without what the library wraps around a message."""
    first = message.split("\n")[0].split(" [")[0].split(" expecting ")[0]
    return re.sub(r"^[A-Z_]+: ", "", first)

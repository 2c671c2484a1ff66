"""A small programme in which every line number is known, and a bench to spoil it on."""

from pathlib import Path

from shared.config import DEFAULT_PROGRAMME
from shared.contracts.relied_on import CORE
from shared.programme.loader import load
from shared.programme.problems import ProgrammeInvalid

ACTS = {
    f"acts/{name}.yaml": (DEFAULT_PROGRAMME / "acts" / f"{name}.yaml").read_text(encoding="utf-8")
    for name in CORE
}
LAYOUT = """\
Hello{% if name %} {{ name }}{% endif %},

{{ body }}

{% if also %}
And for {{ also | enumerate }}.

{% endif %}
{{ shop }}
{% if preferences_url %}
{{ preferences_url }}
{% endif %}
"""
FILES = ACTS | {
    "programme.yaml": """\
name: Gratitude
shop: The Corner Shop
currency: EUR
exchange:
  GBP: 1.17
  USD: "0.92"
time_zone: Europe/Berlin
locale: en
""",
    "scoring.yaml": """\
landmark: 2025-01-01
dimensions:
  commerce: {half_life_days: 180}
  community: {half_life_days: 365}
acts:
  purchase:
    dimension: commerce
    points_per: {points: "1", amount: "10"}
  refund:
    reverses: purchase
  help:
    dimension: community
    points: 10.5
levels:
  - {name: newcomer, from: 0}
  - {name: friend, from: 20}
""",
    "thanks/help.yaml": """\
on: help
template: help-thanks
channels: [email]
stale_after: never
""",
    "thanks/purchase.yaml": """\
on: purchase
template: order-thanks
channels: [email]
survey: order
""",
    "surveys/order.yaml": """\
kind: nps
question: {en: How likely?, fr: Probable ?}
why: {en: Why?, fr: Pourquoi ?}
scale:
  from: 0
  to: 10
  low: {en: not at all, fr: pas du tout}
  high: {en: very, fr: très}
bad_at_most: 6
""",
    "templates/en/help-thanks.txt.j2": """\
Subject: Thank you
Also: your help

Hello{% if name %} {{ name }}{% endif %},

you helped{% if act.get("topic") %} with {{ act.topic }}{% endif %}.
""",
    "templates/en/order-thanks.txt.j2": """\
Subject: Thank you for order {{ act.order_id }}
Also: order {{ act.order_id }}

thank you.
{% if survey_url %}
Tell us: {{ survey_url }}
{% endif %}
""",
    "templates/fr/order-thanks.txt.j2": """\
Subject: Merci
Also: votre commande

Merci de la part de {{ shop }}.
""",
    "templates/en/layout.txt.j2": LAYOUT,
    "templates/fr/layout.txt.j2": LAYOUT,
    "channels/email.yaml": "adapter: email\n",
}


class Bench:
    """The small programme in a folder of its own, to be changed and loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} must stand once in {name}"
        self.write(name, text.replace(old, new))

    def problems(self) -> list[str]:
        """What `load` complains about, with file names as in the programme."""
        try:
            load(self.folder)
        except ProgrammeInvalid as error:
            return [str(p).removeprefix(f"{self.folder.as_posix()}/") for p in error.problems]
        return []

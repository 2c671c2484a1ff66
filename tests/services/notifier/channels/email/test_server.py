"""URLs of mail servers."""

import pytest

from services.notifier.channels.email.server import Server, read_url
from shared.errors import Invalid


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", Server("mail.example", 25, False, None, None, None)),
        ("smtps://mail.example", Server("mail.example", 465, True, False, None, None)),
        ("smtp+starttls://mail.example", Server("mail.example", 587, False, True, None, None)),
        ("smtp+starttls://[::1]:25", Server("::1", 25, False, True, None, None)),
        ("smtp://u:p%40@mail.example:587", Server("mail.example", 587, False, True, "u", "p@")),
        ("smtp://u:p@127.0.0.1:1025", Server("127.0.0.1", 1025, False, None, "u", "p")),
        ("smtp://u:p@localhost:1025", Server("localhost", 1025, False, None, "u", "p")),
    ],
)
def test_addresses_of_servers(url: str, expected: Server) -> None:
    assert read_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:99999",
        "smtp://[x",
    ],
)
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(Invalid):
        read_url(url)

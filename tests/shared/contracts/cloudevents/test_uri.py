"""RFC 3986 by its own examples and by counter-examples."""

import pytest

from shared.contracts.cloudevents.uri import is_absolute_uri, is_uri_reference

_ABSOLUTE = [
    "https://cloudevents.io",
    "ftp://ftp.is.co.za/rfc/rfc1808.txt",
    "ldap://[2001:db8::7]/c=GB?objectClass?one",
    "mailto:John.Doe@example.com",
    "news:comp.infosystems.www.servers.unix",
    "tel:+1-816-555-1212",
    "telnet://192.0.2.16:80/",
    "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
    "http://user:pass@[v1.fe:d]:8080/a%20b?q=/?",
    "file:///etc/hosts",
    "a:",
    "x+y-z.1:/a//b",
]
_RELATIVE = [
    "/cloudevents/spec/pull/123",
    "cloudevents/spec/pull/123",
    "1-555-123-4567",
    "#fragment",
    "?query",
    "//authority/path",
    "./a:b",
    "../a",
    "https://a/b#c",
    "",
]
_NEITHER = [
    "a b", "1a:b", ":a", "a%", "a%2", "a%gg", "[a]", "http://[::1", "http://[1::2::3]/",
    "http://[fe80::1%25eth0]/", "http://a:b:c/", "http://a:80x/", "a#b#c", "a\\b", "<a>", "a^b",
    "ü", "a\n", "http://a@b@c/", "{a}", 'a"b', "a|b", "%C3%",
]  # fmt: skip


@pytest.mark.parametrize("text", _ABSOLUTE)
def test_absolute(text: str) -> None:
    assert is_uri_reference(text)
    assert is_absolute_uri(text)


@pytest.mark.parametrize("text", _RELATIVE)
def test_a_reference_only(text: str) -> None:
    assert is_uri_reference(text)
    assert not is_absolute_uri(text)


@pytest.mark.parametrize("text", _NEITHER)
def test_neither(text: str) -> None:
    assert not is_uri_reference(text)
    assert not is_absolute_uri(text)


def test_a_long_text_is_judged_too() -> None:
    assert is_uri_reference("/" + "a" * 10**5)
    assert not is_uri_reference("/" + "a" * 10**5 + " ")

"""Media types: the grammar, and what a type says of its data."""

import pytest

from shared.contracts.cloudevents.media_type import parse_media_type


@pytest.mark.parametrize(
    "text",
    ["application/json", "TEXT/JSON", "a/vnd.b+json", "application/problem+JSON; charset=utf-8"],
)
def test_json(text: str) -> None:
    media_type = parse_media_type(text)
    assert media_type is not None
    assert media_type.is_json


@pytest.mark.parametrize(
    ("text", "is_text", "charset"),
    [
        ("text/plain", True, "utf-8"),
        ('text/plain ; a="x; charset=big5" ; Charset="UTF-16"', True, "utf-16"),
        ("application/xml", True, "utf-8"),
        ("image/svg+xml", True, "utf-8"),
        ("text/plain;charset=x-klingon", True, None),
        ("application/octet-stream", False, "utf-8"),
        ("application/jsonp", False, "utf-8"),
        ("application/json-seq", False, "utf-8"),
        ('a/b; q="\\"\\\\"', False, "utf-8"),
    ],
)
def test_not_json(text: str, is_text: bool, charset: str | None) -> None:
    media_type = parse_media_type(text)
    assert media_type is not None
    assert (media_type.is_json, media_type.is_text) == (False, is_text)
    assert media_type.charset == charset


@pytest.mark.parametrize(
    "text", ["application/cloudevents+json", "Application/CloudEvents-batch+x"]
)
def test_an_event_format(text: str) -> None:
    media_type = parse_media_type(text)
    assert media_type is not None
    assert media_type.is_event


@pytest.mark.parametrize(
    "text",
    [
        "", "json", "/", "a/", "/b", "a/b/c", "a b/c", "a/b;", "a/b; c", "a/b; c=", "a/b; =c",
        "a/b; c = d", 'a/b; c="', 'a/b; c="d', "a/b c", " a/b", "a/b ", "a/b\n", "ä/b", "a/(b)",
        "a/b, c/d", "a/b; c=d e", "a/b;; c=d",
    ],
)  # fmt: skip
def test_invalid(text: str) -> None:
    assert parse_media_type(text) is None

"""Every rule that a JSON event can break, and the pointer to what broke it."""

import json

import pytest

from shared.contracts.cloudevents import InvalidEvent, json_format
from shared.contracts.cloudevents.json_format import Rejected
from tests.shared.contracts.cloudevents.members import body, body_with_text, body_without

CASES = {
    "no specversion": (body_without("specversion"), "/specversion"),
    "specversion null": (body(specversion=None), "/specversion"),
    "specversion empty": (body(specversion=""), "/specversion"),
    "specversion 0.3": (body(specversion="0.3"), "/specversion"),
    "specversion 1.0.2": (body(specversion="1.0.2"), "/specversion"),
    "specversion a number": (body(specversion=1.0), "/specversion"),
    "no id": (body_without("id"), "/id"),
    "id null": (body(id=None), "/id"),
    "id empty": (body(id=""), "/id"),
    "id a number": (body(id=5), "/id"),
    "id a boolean": (body(id=True), "/id"),
    "id with a line break": (body(id="a\nb"), "/id"),
    "id with a C1 control": (body(id="a\x85b"), "/id"),
    "id with a noncharacter": (body(id="a\ufdd0b"), "/id"),
    "id with a noncharacter beyond the first plane": (body(id="\U0010ffff"), "/id"),
    "no source": (body_without("source"), "/source"),
    "source null": (body(source=None), "/source"),
    "source empty": (body(source=""), "/source"),
    "source a number": (body(source=1), "/source"),
    "source with a space": (body(source="not a uri"), "/source"),
    "source with a broken escape": (body(source="/a%zz"), "/source"),
    "source with a colon first": (body(source=":a"), "/source"),
    "source not in ASCII": (body(source="/über"), "/source"),
    "no type": (body_without("type"), "/type"),
    "type null": (body(type=None), "/type"),
    "type empty": (body(type=""), "/type"),
    "type a list": (body(type=["a"]), "/type"),
    "type with a DEL": (body(type="a\x7f"), "/type"),
    "subject empty": (body(subject=""), "/subject"),
    "subject a number": (body(subject=7), "/subject"),
    "subject with a tab": (body(subject="a\tb"), "/subject"),
    "time empty": (body(time=""), "/time"),
    "time a number": (body(time=1522949460), "/time"),
    "time without offset": (body(time="2018-04-05T17:31:00"), "/time"),
    "time to the minute": (body(time="2018-04-05T17:31Z"), "/time"),
    "time with offset in hours": (body(time="2018-04-05T17:31:00+01"), "/time"),
    "time with offset without colon": (body(time="2018-04-05T17:31:00+0100"), "/time"),
    "time 24:61": (body(time="2018-04-05T24:61:00Z"), "/time"),
    "time with a space": (body(time="2018-04-05 17:31:00Z"), "/time"),
    "time on 30 February": (body(time="2018-02-30T17:31:00Z"), "/time"),
    "time a date": (body(time="2018-04-05"), "/time"),
    "datacontenttype empty": (body(datacontenttype=""), "/datacontenttype"),
    "datacontenttype a word": (body(datacontenttype="json"), "/datacontenttype"),
    "datacontenttype without subtype": (body(datacontenttype="text/"), "/datacontenttype"),
    "datacontenttype with a bare parameter": (body(datacontenttype="a/b; c"), "/datacontenttype"),
    "datacontenttype a number": (body(datacontenttype=1, data=1), "/datacontenttype"),
    "dataschema empty": (body(dataschema=""), "/dataschema"),
    "dataschema relative": (body(dataschema="/schemas/order"), "/dataschema"),
    "dataschema with a fragment": (body(dataschema="https://a/b#c"), "/dataschema"),
    "dataschema not a URI": (body(dataschema="https://a b"), "/dataschema"),
    "dataschema a boolean": (body(dataschema=False), "/dataschema"),
    "name in upper case": (body(Tenant="a"), "/Tenant"),
    "name with a dash": (body(**{"my-tenant": "a"}), "/my-tenant"),
    "name with an underscore": (body(my_tenant="a"), "/my_tenant"),
    "name empty": (body(**{"": "a"}), ""),
    "name not in ASCII": (body(größe="a"), ""),
    "name with an unusual digit": (body(**{"x٣": "a"}), ""),
    "name bad though null": (body(Tenant=None), "/Tenant"),
    "extension an object": (body(tenant={"a": 1}), "/tenant"),
    "extension a list": (body(tenant=[]), "/tenant"),
    "extension a fraction": (body(tenant=1.5), "/tenant"),
    "extension 1.0": (body_with_text('"tenant":1.0'), "/tenant"),
    "extension 1e2": (body_with_text('"tenant":1e2'), "/tenant"),
    "extension above int32": (body(tenant=2**31), "/tenant"),
    "extension below int32": (body(tenant=-(2**31) - 1), "/tenant"),
    "extension with very many digits": (body(tenant=10**400), "/tenant"),
    "extension with a NUL": (body(tenant="\0"), "/tenant"),
    "traceparent with a control": (body(traceparent="\x01"), "/traceparent"),
    "data and data_base64": (body(data="a", data_base64="YQ=="), "/data_base64"),
    "data null and data_base64": (body(data=None, data_base64="YQ=="), "/data_base64"),
    "data_base64 a number": (body(data_base64=5), "/data_base64"),
    "data_base64 an object": (body(data_base64={}), "/data_base64"),
    "data_base64 without padding": (body(data_base64="TWE"), "/data_base64"),
    "data_base64 with too much padding": (body(data_base64="TWE=="), "/data_base64"),
    "data_base64 of the URL alphabet": (body(data_base64="-_-_"), "/data_base64"),
    "data_base64 with a line break": (body(data_base64="TWE=\n"), "/data_base64"),
    "data_base64 not in ASCII": (body(data_base64="ü"), "/data_base64"),
    "data_base64 that is not the promised JSON": (
        body(data_base64="TWE=", datacontenttype="application/json"),
        "/data",
    ),
    "text data an object": (body(datacontenttype="text/plain", data={}), "/data"),
    "text data a number": (body(datacontenttype="text/xml", data=1), "/data"),
    "text data null": (body(datacontenttype="text/plain", data=None), "/data"),
    "text data beyond its charset": (
        body(datacontenttype="text/plain; charset=us-ascii", data="ü"),
        "/data",
    ),
    "text data in an unknown charset": (
        body(datacontenttype="text/plain; charset=x-klingon", data="a"),
        "/datacontenttype",
    ),
    "member twice": (body_with_text('"id":"other"'), ""),
    "member twice, once escaped": (body_with_text('"\\u0069d":"other"'), ""),
    "data twice": (body_with_text('"data":{"a":"b"},"data":{"c":"d"}'), ""),
    "null member twice": (body_with_text('"subject":null,"subject":null'), ""),
    "extension twice": (body_with_text('"tenant":1,"tenant":1'), ""),
    "a list": (b"[]", ""),
    "a string": (b'"event"', ""),
    "null": (b"null", ""),
    "nothing": (b"", ""),
    "trailing comma": (body_with_text(""), ""),
    "two objects": (body() + body(), ""),
    "data NaN": (body_with_text('"data":NaN'), ""),
    "data with a lone surrogate": (body_with_text(r'"data":"\ud800"'), ""),
    "id with a lone surrogate": (body(id="\udead"), ""),
    "data not in UTF-8": (body(data="?").replace(b'"?"', b'"\xff"'), ""),
    "id not in UTF-8": (body(id="?").replace(b'"?"', b'"\xc0\xa0"'), ""),
    "byte order mark": (b"\xef\xbb\xbf" + body(), ""),
    "data nested too deeply": (body_with_text('"data":' + "[" * 10**5 + "]" * 10**5), ""),
}
# What cannot stand in an array without breaking the array or being other than one element.
_BREAKS_THE_ARRAY = {
    "nothing",
    "trailing comma",
    "two objects",
    "byte order mark",
    "data nested too deeply",
}
cases = pytest.mark.parametrize(("text", "pointer"), CASES.values(), ids=CASES.keys())


@cases
def test_an_event_that_breaks_a_rule_is_refused(text: bytes, pointer: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        json_format.decode_event(text)
    assert caught.value.pointer == pointer
    assert caught.value.reason.endswith(".")


@pytest.mark.parametrize("name", [name for name in CASES if name not in _BREAKS_THE_ARRAY])
def test_in_a_batch_it_alone_is_rejected(name: str) -> None:
    text, pointer = CASES[name]
    before, rejected, after = json_format.decode_batch(b"[%s,%s,%s]" % (body(), text, body()))
    assert before == after == json_format.decode_event(body())
    assert isinstance(rejected, Rejected)
    assert (rejected.pointer, rejected.raw) == (pointer, text)


@pytest.mark.parametrize(
    "name", ["id", "source", "time", "datacontenttype", "tenant", "dataschema"]
)
def test_a_reason_never_repeats_the_value(name: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        json_format.decode_event(body(**{name: "mailto:jane doe\n@example.com"}))
    assert "jane" not in str(caught.value)


def test_a_pointer_never_repeats_an_odd_name() -> None:
    with pytest.raises(InvalidEvent) as caught:
        json_format.decode_event(json.dumps({"jane@example.com": "a"}).encode())
    assert "jane" not in str(caught.value)

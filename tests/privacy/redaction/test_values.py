"""JSON values and messages are redacted in all their parts."""

import pytest

from recollect import Message, ToolCall
from recollect.privacy.redaction import Numbering, Redaction, redact_json, redact_message

MAIL = "ana@example.com"


def test_all_strings_of_a_json_value_are_redacted_and_keys_too():
    value = {"to": [MAIL, {"cc": MAIL, "n": 3, "ok": True, "none": None}], MAIL: 1.5}
    redacted = redact_json(Redaction(), value, Numbering())
    assert redacted == {"to": ["<EMAIL_1>", {"cc": "<EMAIL_1>", "n": 3, "ok": True, "none": None}], "<EMAIL_1>": 1.5}


def test_the_key_tells_what_a_value_is():
    value = {"phoneNumber": "612345678", "order_id": "612345678", "nested": {"mobile": ["612345679"]}}
    redacted = redact_json(Redaction(), value, Numbering())
    assert redacted == {"phoneNumber": "<PHONE_1>", "order_id": "612345678", "nested": {"mobile": ["<PHONE_2>"]}}


@pytest.mark.parametrize(
    "value",
    [
        {"phone": {"number": "612345678"}},
        {"phone": {"home": [612345678]}},
        {"fields": [{"name": "phone", "value": "612345678"}]},
        {"label": "ssn", "value": "536904399"},
        {"password": {"value": "hunter2secret"}},
        {"passwords": ["hunter2secret"]},
    ],
)
def test_outer_keys_and_names_beside_tell_it_too(value):
    assert "_1>" in str(redact_json(Redaction(), value, Numbering()))


def test_the_innermost_key_counts_most():
    value = {"phone": {"order": "612345678"}}
    assert redact_json(Redaction(), value, Numbering()) is value


def test_whole_numbers_that_are_values_are_redacted():
    value = {"card": 4111111111111111, "order": 4111111111111112, "time": 1700000000, "phone": 612345678, "big": 10**400}
    redacted = redact_json(Redaction(), value, Numbering())
    assert redacted == value | {"card": "<CARD_1>", "phone": "<PHONE_1>"}


def test_keys_that_become_equal_are_kept_apart():
    redacted = redact_json(Redaction(style="mask"), {MAIL: 1, "bert@example.com": 2}, Numbering())
    assert sorted(redacted.values()) == [1, 2]
    assert redact_json(Redaction(style="mask"), redacted, Numbering()) == redacted


def test_json_within_a_string_is_looked_through():
    text = '{"q": "{\\"mail\\": \\"ana\\\\u0040example.com\\", \\"call\\": \\"+34 612 345 678\\"}"}'
    assert redact_json(Redaction(), text, Numbering()) == '{"q": "{\\"mail\\": \\"<EMAIL_1>\\", \\"call\\": \\"<PHONE_1>\\"}"}'


def test_every_part_of_a_message_is_redacted_but_its_ids():
    message = Message(
        "assistant",
        ["to " + MAIL, {"type": "text", "text": "or +34 612 345 678"}],
        id=MAIL,
        name=MAIL,
        tool_calls=[ToolCall("send", {"to": MAIL}, id=MAIL), ToolCall("raw", f'{{"to": "{MAIL}"')],
        tool_call_id=MAIL,
        metadata={"from": {"ip": "203.0.113.7"}},
        extra={"framework": [MAIL]},
    )
    redacted = redact_message(Redaction(), message, Numbering())
    assert redacted.content == ["to <EMAIL_1>", {"type": "text", "text": "or <PHONE_1>"}]
    assert (redacted.name, redacted.id, redacted.tool_call_id) == ("<EMAIL_1>", MAIL, MAIL)
    assert redacted.tool_calls == [ToolCall("send", {"to": "<EMAIL_1>"}, id=MAIL), ToolCall("raw", '{"to": "<EMAIL_1>"')]
    assert (redacted.metadata, redacted.extra) == ({"from": {"ip": "<IP_1>"}}, {"framework": ["<EMAIL_1>"]})
    assert redact_message(Redaction(), redacted, Numbering()) is redacted


def test_what_holds_nothing_is_the_same_object():
    message = Message("user", "nothing here", metadata={"a": [1, {"b": "c"}]}, tool_calls=[ToolCall("f", {"x": "y"})])
    assert redact_message(Redaction(), message, Numbering()) is message
    assert redact_json(Redaction(), message.metadata, Numbering()) is message.metadata


def test_a_role_has_rules_of_its_own_or_none():
    redaction = Redaction(roles={"system": None, "tool": Redaction(kinds={"IP"})})
    said = {role: redact_message(redaction, Message(role, f"{MAIL} 10.0.0.5"), Numbering()).content for role in ("user", "system", "tool")}
    assert said == {"user": "<EMAIL_1> <IP_1>", "system": f"{MAIL} 10.0.0.5", "tool": f"{MAIL} <IP_1>"}


def test_a_value_that_contains_itself_is_left_to_the_codec():
    value = []
    value.append(value)
    assert isinstance(redact_json(Redaction(), value, Numbering()), list)


def test_pictures_are_left_as_they_are():
    block = {"type": "image", "data": "iVBORw0KGgo+1212555" * 100 + "+34612345678/4111111111111111/" + "A" * 200}
    assert redact_json(Redaction(), block, Numbering()) is block

"""The LoCoMo conversations (Maharana et al., 2024; CC BY-NC 4.0), read for tests and benchmarks. The data is not part of this repository."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from recollect import Message

PATH = Path(os.environ.get("RECOLLECT_LOCOMO") or Path(__file__).resolve().parents[2] / "shared" / "data" / "locomo10.json")
"""``locomo10.json``: beside the checkout in ``shared/data``, or where RECOLLECT_LOCOMO says."""


class Conversation(NamedTuple):
    """One session of two people. ``user`` names the pair, since all their sessions are one person's memory."""

    user: str
    session: str
    title: str
    messages: list[Message]


def conversations(path: Path = PATH) -> Iterator[Conversation]:
    """Yield the sessions, in order: speaker_a is the user, speaker_b the assistant.

    A message's id is its ``dia_id``, with the session's number in it, such as ``D3:14``; its time is its session's.
    """
    for sample in json.loads(path.read_text("utf-8")):
        talk = sample["conversation"]
        numbers = sorted(int(key.removeprefix("session_")) for key in talk if key.startswith("session_") and isinstance(talk[key], list))
        for number in numbers:
            created = said_at(talk[f"session_{number}_date_time"])
            messages = [message(said, talk["speaker_a"], created) for said in talk[f"session_{number}"]]
            yield Conversation(sample["sample_id"], f"session_{number}", f"{talk['speaker_a']} and {talk['speaker_b']}", messages)


def message(said: dict, user: str, created: datetime) -> Message:
    """Return a message: the text as content, the rest as metadata."""
    metadata = {name: value for name, value in said.items() if name not in {"speaker", "text"}}
    return Message(
        "user" if said["speaker"] == user else "assistant", said["text"], said["dia_id"], said["speaker"], created=created, metadata=metadata
    )


def said_at(text: str) -> datetime:
    """Return the time that is written such as ``1:56 pm on 8 May, 2023``."""
    return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)


def as_lines(path: Path = PATH) -> Iterator[str]:
    """Yield the sessions as OpenAI-style JSON Lines."""
    for talk in conversations(path):
        messages = [
            {"role": m.role, "name": m.name, "content": m.content, "id": m.id, "created_at": m.created.isoformat(), "metadata": m.metadata}
            for m in talk.messages
        ]
        yield json.dumps({"user": talk.user, "session": talk.session, "metadata": {"title": talk.title}, "messages": messages}, ensure_ascii=False)

"""From a list of messages to what was said and shown, exchange by exchange.

The small model knows no tools. What an agent's loop adds to a conversation is folded back into what
the assistant itself would have had: a call of the generation tool stands in its answer as
`<video> prompt </video>`, the clip that came of it is shown with the user's next words, and a call
of the question tool is a question with an answer. Exchanges that ended in a refusal are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from gpt4video.langchain._content import addresses_in, read_content
from gpt4video.tags import wrap_prompt
from gpt4video_guards.errors import InvalidInputError

if TYPE_CHECKING:
    from gpt4video_guards import TextKind

REFUSED: Final = "refused"
"""The key of an answer's response metadata that marks a refusal."""

Role = Literal["make", "ask", "other"]
"""What a tool does: make a clip, answer a question about one, or something that is not ours."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The tools of ours that are bound, by name."""

    make: str | None = None
    ask: str | None = None
    forced: Literal["make", "ask"] | None = None
    """The one that has to be called."""

    def role(self, name: str | None) -> Role:
        """What the tool of this name does."""
        if name is None:
            return "other"
        return "make" if name == self.make else "ask" if name == self.ask else "other"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Words that the model is to answer, and whose they are."""

    text: str
    kind: TextKind = "prompt"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What was asked and answered."""

    asked: tuple[Asked, ...] = ()
    clips: tuple[str, ...] = ()
    """Addresses of the clips that the user showed."""
    brought: tuple[str, ...] = ()
    """Addresses of the clips of tools, made before or just returned, shown with these words."""
    answer: str = ""
    made: tuple[str, ...] = ()
    """Addresses of the clips that the answer itself shows."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a tool answered."""

    role: Role
    text: str
    clips: tuple[str, ...] = ()
    """Addresses of what it made."""


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """A conversation that waits for an answer."""

    system: str
    past: tuple[Exchange, ...]
    open: Exchange
    """What is to be answered."""
    wish: str
    """The user's last words as they came."""
    outcomes: tuple[Outcome, ...] = ()
    """What tools did since then, in order."""

    def answered(self, answer: Exchange) -> tuple[Exchange, ...]:
        """All exchanges, once the open one has its answer."""
        return (*self.past, answer)


def read_dialogue(messages: Sequence[BaseMessage], tools: Tools) -> Dialogue:
    """Fold the messages of an agent's loop.

    Raises:
        InvalidInputError: there is nothing to answer, or content that is neither text nor video.
    """
    folding = _Folding(tools)
    for message in messages:
        folding.take(message)
    if not messages or isinstance(messages[-1], AIMessage | SystemMessage):
        last = messages[-1].type if messages else "none"
        raise InvalidInputError("messages", f"last message: {last}", "one of a user or a tool")
    return folding.dialogue()


def folded(messages: Sequence[BaseMessage], tools: Tools) -> tuple[Exchange, ...]:
    """All exchanges of messages that end with an answer."""
    folding = _Folding(tools)
    for message in messages:
        folding.take(message)
    folding.close()
    return tuple(folding.past)


def digests(exchanges: Sequence[Exchange], start: str = "") -> list[str]:
    """Of the empty beginning and of each exchange with all before it: equal for equal histories."""
    found = [hashlib.sha256(start.encode()).hexdigest()]
    for exchange in exchanges:
        found.append(hashlib.sha256(f"{found[-1]}{exchange!r}".encode()).hexdigest())
    return found


@dataclass(kw_only=True)
class _Open:
    """An exchange that is still being told."""

    asked: list[Asked] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    said: list[tuple[str | None, str]] = field(default_factory=list)
    """The assistant's words, and prompts with the id of their call."""
    made: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Texts of our tools: an answer that repeats one adds nothing."""
    to_bring: list[str] = field(default_factory=list)
    refused: bool = False

    def exchange(self) -> Exchange:
        return Exchange(
            asked=tuple(self.asked),
            clips=tuple(self.clips),
            brought=tuple(self.brought),
            answer=" ".join(text for _, text in self.said if text.strip()),
            made=tuple(self.made),
        )


class _Folding:
    def __init__(self, tools: Tools) -> None:
        self.past: list[Exchange] = []
        self._tools = tools
        self._system: list[str] = []
        self._open = _Open()
        self._calls: dict[str | None, str] = {}
        self._wish: list[str] = []
        self._outcomes: list[Outcome] = []
        self._answered = False
        """The last message was the assistant's or a tool's."""

    def take(self, message: BaseMessage) -> None:
        """The next message."""
        match message:
            case SystemMessage():
                self._take_system(message)
            case AIMessage():
                self._take_answer(message)
            case ToolMessage():
                self._take_outcome(message)
            case HumanMessage():
                self._take_words(message)
            case _:
                raise InvalidInputError(
                    "messages", f"a message of type {message.type!r}", "system, human, ai or tool"
                )

    def dialogue(self) -> Dialogue:
        """With the open exchange as what is to be answered."""
        return Dialogue(
            system="\n".join(self._system),
            past=tuple(self.past),
            open=self._open.exchange(),
            wish="\n".join(self._wish),
            outcomes=tuple(self._outcomes),
        )

    def close(self) -> None:
        """The open exchange is over; what was refused is forgotten."""
        done, self._open = self._open, _Open()
        if done.refused:
            self._open.brought = list(done.brought)
            return
        self.past.append(done.exchange())
        self._open.brought = list(done.to_bring)

    def _take_system(self, message: SystemMessage) -> None:
        content = read_content(message.content, strict=True)
        if content.clips:
            raise InvalidInputError("messages", "a video in a system message", "words only there")
        self._system += content.texts

    def _take_words(self, message: BaseMessage) -> None:
        if self._answered:
            self.close()
            self._wish, self._outcomes, self._answered = [], [], False
        content = read_content(message.content, strict=True)
        self._open.asked += [Asked(text=text) for text in content.texts]
        self._open.clips += content.clips
        self._wish += content.texts

    def _take_answer(self, message: AIMessage) -> None:
        self._answered = True
        content = read_content(message.content, strict=False)
        if message.response_metadata.get(REFUSED):
            self._open.refused = True
        for call in message.tool_calls:
            self._calls[call["id"]] = call["name"]
            if self._tools.role(call["name"]) == "ask":
                self._ask(str(call["args"].get("question", "")))
        text = "".join(content.texts)
        if text and text not in self._open.told:
            self._open.said.append((None, text))
        self._open.made += content.clips
        for call in message.tool_calls:
            if self._tools.role(call["name"]) == "make":
                prompt = " ".join(str(call["args"].get("prompt", "")).split())
                self._open.said.append((call["id"], wrap_prompt(prompt)))

    def _ask(self, question: str) -> None:
        """A question of its own, where something was answered already."""
        if self._open.said:
            self.close()
        self._open.asked = [Asked(text=question)]

    def _take_outcome(self, message: ToolMessage) -> None:
        self._answered = True
        role = self._tools.role(message.name or self._calls.get(message.tool_call_id))
        content = read_content(message.content, strict=False)
        clips = _made_by(message, content.text) if role == "make" else content.clips
        self._outcomes.append(Outcome(role=role, text=content.text, clips=clips))
        if role == "other":
            self._open.asked += [Asked(text=text, kind="tool_result") for text in content.texts]
            self._open.brought += clips  # and so passed over where it cannot be had
            return
        self._open.to_bring += clips
        self._open.told.add(content.text)
        if role == "ask":
            self._open.said.append((None, content.text))
        elif not clips:  # nothing was made: the answer says so instead of asking for it
            self._open.said = [
                (None, content.text) if call == message.tool_call_id else (call, text)
                for call, text in self._open.said
            ]


def _made_by(message: ToolMessage, text: str) -> tuple[str, ...]:
    """The clip that a generation tool made: of its artifact, else the one that its text names."""
    if message.status == "error":
        return ()
    artifact: Any = message.artifact
    if isinstance(artifact, dict) and "uri" in artifact:
        return (str(artifact["uri"]),) if artifact["uri"] else ()
    return tuple(addresses_in(text)[-1:])

"""One call of the chat model, run as a turn of the assistant."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from langchain_core.messages import BaseMessage, ToolCall

from gpt4video._engine import run_turn
from gpt4video._host import Host, Request
from gpt4video._turn import SessionState
from gpt4video.events import Event, Finished
from gpt4video.langchain._answers import message_of
from gpt4video.langchain._content import without_addresses
from gpt4video.langchain._conversations import Conversations, Recalled
from gpt4video.langchain._dialogue import Asked, Dialogue, Tools, folded, read_dialogue
from gpt4video.langchain._saying import Echo
from gpt4video.langchain._sources import MessageClips
from gpt4video.langchain._steps import LOOK, Ask, Repeat, Think, next_step
from gpt4video.reasoning import GenerationOptions, Message, TextPart
from gpt4video.reasoning.stopping import StoppingReasoner
from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.video import VideoSource

Events = Generator[Event, None, None]


@dataclass(kw_only=True)
class Call:
    """A conversation that is to be answered; `events` does it, once."""

    host: Host
    model: str
    """Its name."""
    messages: Sequence[BaseMessage]
    tools: Tools
    options: GenerationOptions
    stop: Sequence[str]
    clips: MessageClips
    conversations: Conversations
    tool_call: ToolCall | None = None
    """Known when `Finished` comes: what the agent is to run."""
    _notes: list[str] = field(default_factory=list)

    def events(self, cancelled: threading.Event) -> Events:
        """The events of the turn, as `VideoAssistant.stream` gives them.

        Raises:
            InvalidInputError: messages that cannot be understood, or a clip that is not allowed.
            ClipError: a clip of the last message cannot be read.
        """
        dialogue = read_dialogue(self.messages, self.tools)
        match next_step(dialogue, self.tools):
            case Think(words=words):
                return self._think(dialogue, words, cancelled)
            case Ask(words=words, address=address):
                return self._ask(dialogue, words, address, cancelled)
            case Repeat(text=text):
                return self._repeat(text, cancelled)

    def _think(self, dialogue: Dialogue, words: str | None, cancelled: threading.Event) -> Events:
        recalled = self.conversations.recall(self.model, dialogue.past)
        asked = dialogue.open.asked if words is None else (Asked(text=words),)
        host = replace(self.host, system=_system(self.host.system, dialogue.system))
        if self.stop:
            host = replace(host, reasoner=StoppingReasoner(host.reasoner, self.stop))
        try:
            with ExitStack() as opened:
                clips = self._opened(dialogue, recalled, opened, cancelled)
                request = self._request(asked, clips)
                for event in self._run(host, recalled.state, request, cancelled):
                    if isinstance(event, Finished) and not event.reply.refused:
                        self._conclude(dialogue, recalled.state, event)
                    yield event
        finally:
            self.conversations.release(recalled.state)

    def _conclude(self, dialogue: Dialogue, state: SessionState, event: Finished) -> None:
        """Remember the turn, and see what the agent has to run."""
        make, prompt = self.tools.make, event.reply.prompt
        if make is not None and prompt is not None:
            self.tool_call = _call(make, prompt=prompt)
        elif make is not None and self.tools.forced == "make" and not dialogue.outcomes:
            self.tool_call = _call(make, prompt=state.memory.turns[-1].user.text)
            return  # the model said nothing of it, so its memory is not what happened
        answer = message_of(event.reply, self.tool_call, model=self.model)
        exchanges = folded([*self.messages, answer], self.tools)
        self.conversations.keep(self.model, exchanges, state)

    def _ask(
        self, dialogue: Dialogue, words: str, address: str, cancelled: threading.Event
    ) -> Events:
        recalled = self.conversations.recall(self.model, dialogue.past)
        host = replace(self.host, reasoner=Echo(silent=True))
        try:
            request = self._request((Asked(text=words),))
            for event in self._run(host, recalled.state, request, cancelled):
                if isinstance(event, Finished) and not event.reply.refused:
                    passed = recalled.state.memory.turns[-1].user.text
                    question = without_addresses(passed) or LOOK
                    assert self.tools.ask is not None
                    self.tool_call = _call(self.tools.ask, question=question, video=address)
                yield event
        finally:
            self.conversations.release(recalled.state)

    def _repeat(self, text: str, cancelled: threading.Event) -> Events:
        host = replace(self.host, reasoner=Echo())
        state = SessionState(id=uuid.uuid4().hex, lasting=False)
        request = self._request((Asked(text=text, kind="tool_result"),))
        yield from self._run(host, state, request, cancelled)

    def _run(
        self, host: Host, state: SessionState, request: Request, cancelled: threading.Event
    ) -> Events:
        with closing(run_turn(host, state, request, cancelled=cancelled)) as events:
            for event in events:
                if isinstance(event, Finished):
                    notes = (*self._notes, *event.reply.notes)
                    event = Finished(reply=replace(event.reply, notes=notes))
                yield event

    def _request(self, asked: Sequence[Asked], clips: Sequence[VideoSource] = ()) -> Request:
        request = Request.checked(
            [said.text for said in asked],
            clips,
            options=self.options,
            video_options=None,
            limits=None,
        )
        return replace(
            request,
            kinds=tuple(said.kind for said in asked),
            hands_over=self.tools.make is not None,
        )

    def _opened(
        self,
        dialogue: Dialogue,
        recalled: Recalled,
        opened: ExitStack,
        cancelled: threading.Event,
    ) -> list[VideoSource]:
        """Earlier clips and those of tools as far as they can be had, and those of the user."""

        def open_clip(address: str) -> VideoSource:
            return opened.enter_context(self.clips.open(address, cancelled=cancelled.is_set))

        clips: list[VideoSource] = []
        for address in dict.fromkeys((*recalled.unseen, *dialogue.open.brought)):
            try:
                clips.append(open_clip(address))
            except GPT4VideoError as error:
                self._notes.append(f"A clip could not be shown: {error}")
        return clips + [open_clip(address) for address in dialogue.open.clips]


def _call(name: str, **arguments: str) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=f"call_{uuid.uuid4().hex}", type="tool_call")


def _system(own: Message | None, text: str) -> Message | None:
    if not text:
        return own
    words = text if own is None else f"{own.text}\n{text}"
    return Message(role="system", parts=(TextPart(text=words),))

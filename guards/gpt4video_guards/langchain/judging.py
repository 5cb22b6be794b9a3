"""Judging the messages of LangChain: each part once, and what stands in for what is blocked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
)

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.langchain._memory import Passed
from gpt4video_guards.langchain._parts import (
    Media,
    Part,
    Place,
    Words,
    fields_of,
    parts_of,
    parts_of_message,
    rewritten,
    text_of,
    without_tool_calls_of,
)
from gpt4video_guards.langchain._reports import report_on, why_withheld
from gpt4video_guards.langchain._voice import Text, Voice, canonical, hash_of
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy
from gpt4video_guards.refusals import refusal_text
from gpt4video_guards.spans import REMOVED, Span, joined, without
from gpt4video_guards.subject import FramesSubject, Stage, Subject
from gpt4video_guards.verdict import StageResult, failed

logger = logging.getLogger(__name__)

ReadFrames: TypeAlias = Callable[[Mapping[str, Any]], tuple[npt.NDArray[np.uint8], Sequence[float]]]
"""From a block that shows something, as it stands in a message or an artifact, to its frames, uint8
[T, H, W, 3], and their T times in seconds. What it raises makes the block count as unreadable."""

GUARDS: Final = "gpt4video_guards"
"""Under this name a refusal's `response_metadata` tells who blocked, where and why."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A message as it may go on."""

    message: BaseMessage
    """The same object where nothing had to be changed; where it was blocked, what stands in its
    place, under the same id."""
    blocked: StageResult | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """A conversation as it may go on."""

    messages: tuple[BaseMessage | None, ...]
    """One for each message; None for a tool's result whose call was blocked."""
    blocked: StageResult | None = None
    """Why the newest turn must not be answered; None if it may be."""

    @property
    def kept(self) -> list[BaseMessage]:
        return [message for message in self.messages if message is not None]


class MessageJudge:
    """Judges messages by a policy, and only what it has not judged before.

    Parts are known again by content, kind and what was said before, so an edited message is judged
    again. What cannot be judged, a block that nobody can read among it, counts as blocked.

    Args:
        policy: a preset's name, a policy file, a policy, or a pipeline of your own.
        read_frames: reads blocks that show something; without it none of them passes.
        video_prompts: by a generation tool's name, the argument that holds its prompt.
        remembers: how many parts that passed are remembered.

    Raises:
        InvalidInputError: `remembers` is below 1.
    """

    def __init__(
        self,
        policy: str | Path | Policy | GuardPipeline = "standard",
        *,
        read_frames: ReadFrames | None = None,
        video_prompts: Mapping[str, str] | None = None,
        remembers: int = 16384,
    ) -> None:
        if remembers < 1:
            raise InvalidInputError("remembers", remembers, "at least 1")
        self.pipeline = (
            policy if isinstance(policy, GuardPipeline) else GuardPipeline.from_policy(policy)
        )
        self._read_frames = read_frames
        self._video_prompts = dict(
            {"generate_video": "prompt"} if video_prompts is None else video_prompts
        )
        self._passed = Passed(remembers)

    def history(self, messages: Sequence[BaseMessage]) -> History:
        """Judge a conversation, oldest message first.

        What is blocked is replaced. The answer to its newest turn, which is what came after the
        last answer without tool calls, is to be a refusal if one of its messages was blocked; a
        tool's result is not such a message, as the model may go on without it. If a guard failed at
        an older message, that one stays, since it may have passed before, but nothing is answered.
        """
        kept: list[BaseMessage | None] = list(messages)
        newest = _start_of_newest_turn(messages)
        blocked: StageResult | None = None
        asked: list[str] = []
        for at, message in enumerate(messages):
            if kept[at] is None:
                continue
            judged = self._judged(message, asked)
            if at < newest and _is_fault(judged.blocked):
                blocked = blocked or judged.blocked
                continue
            kept[at] = judged.message
            if isinstance(message, HumanMessage):
                asked.append(text_of(judged.message))
            if judged.blocked is None:
                continue
            kept = without_tool_calls_of(kept, message)
            if at >= newest and not isinstance(message, ToolMessage) and blocked is None:
                blocked = judged.blocked
        return History(messages=tuple(kept), blocked=blocked)

    def message(self, message: BaseMessage, before: Sequence[BaseMessage] = ()) -> Judged:
        """Judge a message and all that hangs on it: media, tool calls, a tool's artifact.

        Args:
            message: is not changed.
            before: what was said before it, oldest first.
        """
        return self._judged(message, _asked(before))

    def _judged(self, message: BaseMessage, asked: Sequence[str]) -> Judged:
        texts, blocked = self._judge(message, Voice.of(message, asked, self._video_prompts))
        if blocked is not None:
            stand_in = self._stand_in(message, blocked)
            return Judged(message=stand_in, blocked=blocked)
        if not texts:
            return Judged(message=message)
        changed = {
            name: rewritten(value, texts, (name,)) for name, value in fields_of(message).items()
        }
        changed["response_metadata"] = that_spell_nothing(changed.get("response_metadata", {}))
        return Judged(message=message.model_copy(update=changed))

    def call(
        self, call: ToolCall, before: Sequence[BaseMessage]
    ) -> tuple[ToolCall, ToolMessage | None]:
        """Judge a tool's arguments before it runs.

        Returns:
            The call as it may go on, and what answers it instead if it must not run.
        """
        asking = AIMessage("", tool_calls=[call])
        judged = self.message(asking, before)
        if judged.blocked is not None:
            return call, self._withheld(call, judged.blocked, "its arguments")
        if judged.message is asking:
            return call, None
        assert isinstance(judged.message, AIMessage)
        return {**call, "args": judged.message.tool_calls[0]["args"]}, None

    def unreadable_answer(self, call: ToolCall, problem: str) -> ToolMessage:
        """What stands in place of a tool's answer that cannot be judged."""
        return self._withheld(call, self._failure("input_text", problem), "its result")

    def refusal(self, result: StageResult, answer: AIMessage | None = None) -> AIMessage:
        """The answer that says no, in place of this one."""
        answer = answer or AIMessage("")
        report = {"refusal": refusal_text(result), **report_on(result)}
        for words in parts_of(report):
            assert isinstance(words, Words)
            self._wrote(words.text)
        told = {
            name: answer.response_metadata[name]
            for name in ("model_name", "model_provider")
            if name in answer.response_metadata
        }
        return AIMessage(
            report["refusal"],
            id=answer.id,
            name=answer.name,
            usage_metadata=answer.usage_metadata,
            response_metadata={**told, GUARDS: report},
        )

    def context_of_answer(self, before: Sequence[BaseMessage]) -> str:
        """What guards of an answer are told of what it answers."""
        return Voice.of(AIMessage(""), _asked(before), {}).context

    def settled(self, answer: AIMessage) -> AIMessage:
        """An answer that was blocked in the middle of a stream, without what was shown before."""
        report = answer.response_metadata.get(GUARDS)  # if a model did not write it itself
        refusal = report.get("refusal") if isinstance(report, Mapping) else None
        if not isinstance(refusal, str) or answer.content == refusal:
            return answer
        return answer.model_copy(update={"content": refusal})

    def _wrote(self, text: str) -> None:
        """Words of our own need no judging, whatever was said before them."""
        self._passed.add([hash_of("own", text)])

    def passed(self, message: BaseMessage, before: Sequence[BaseMessage] = ()) -> None:
        """The words of a message need no judging: they were judged as they came, or are our own.
        Blocks that are read as lines were not judged as such."""
        voice = Voice.of(message, _asked(before), self._video_prompts)
        texts = voice.texts(parts_of_message(message))
        self._passed.add(text.digest for text in texts if text.between != "\n")

    def _stand_in(self, message: BaseMessage, result: StageResult) -> BaseMessage:
        if isinstance(message, AIMessage):
            return self.refusal(result, message)
        if isinstance(message, ToolMessage):
            call = ToolCall(name=message.name or "", args={}, id=message.tool_call_id)
            return self._withheld(call, result, "its result", id=message.id)
        self._wrote(REMOVED)
        stand_in = message.model_copy(
            update={
                "content": REMOVED,
                "additional_kwargs": {},
                "response_metadata": {},
                "name": None,
            }
        )
        if stand_in.model_extra:
            stand_in.model_extra.clear()
        return stand_in

    def _withheld(
        self, call: ToolCall, result: StageResult, what: str, *, id: str | None = None
    ) -> ToolMessage:
        answer = ToolMessage(
            why_withheld(result, what),
            id=id,
            name=call["name"] or None,
            tool_call_id=call["id"] or "",
            status="error",
            artifact={"status": "blocked", **report_on(result)},
        )
        self.passed(answer)
        return answer

    def _judge(
        self, message: BaseMessage, voice: Voice
    ) -> tuple[dict[Place, str], StageResult | None]:
        """Texts that must stand in place of others, or what blocks. Never raises."""
        texts: dict[Place, str] = {}
        try:
            for stage, asked in self._unknown(parts_of_message(message), voice).items():
                result = self.pipeline.run(stage, [each.subject for each in asked])
                if result.blocked:
                    return {}, result
                self._passed.add(
                    each.digest
                    for number, each in enumerate(asked)
                    if all(redaction.subject != number for redaction in result.redactions)
                )
                texts |= _texts_left(result, asked)
        except _UnreadableError as error:
            return {}, self._failure(error.stage, str(error))
        except Exception as error:
            return {}, self._failure(voice.stage, f"{type(error).__name__}: {error}")
        return texts, None

    def _unknown(self, parts: Sequence[Part], voice: Voice) -> dict[Stage, list[_Asked]]:
        """What is still to be judged, by stage."""
        asked: dict[Stage, list[_Asked]] = {}
        for text in voice.texts(parts):
            own = len(text.words) == 1 and hash_of("own", text.subject.text) in self._passed
            if not own and self._is_new(text.stage, text.digest):
                asked.setdefault(text.stage, []).append(_Asked(text.subject, text.digest, text))
        for media in (part for part in parts if isinstance(part, Media)):
            stage = voice.media_stage
            digest = hash_of(stage, canonical(media.block))
            if self._is_new(stage, digest):
                asked.setdefault(stage, []).append(_Asked(self._frames(media, stage), digest))
        return asked

    def _is_new(self, stage: Stage, digest: str) -> bool:
        return digest not in self._passed and stage not in self.pipeline.policy.open

    def _frames(self, media: Media, stage: Stage) -> FramesSubject:
        if media.block is None:
            raise _UnreadableError(stage, "a value of a kind that nobody can read")
        if self._read_frames is None:
            raise _UnreadableError(stage, "a block of media, and no read_frames to read it")
        try:
            frames, times = self._read_frames(media.block)
            return FramesSubject(frames=frames, times=tuple(times))
        except Exception as error:
            problem = f"read_frames raised {type(error).__name__}: {error}"
            logger.warning("a block counts as unreadable and is blocked: %s", problem)
            raise _UnreadableError(stage, problem) from error

    def _failure(self, stage: Stage, problem: str) -> StageResult:
        verdict = failed(stage, policy=self.pipeline.policy.id, error=problem)
        return StageResult(stage=stage, verdicts=(verdict,))


def that_spell_nothing(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of an answer of which words were taken out: nested ones (the chances of each
    token, cited passages) would spell them out."""
    return {
        name: value
        for name, value in metadata.items()
        if value is None or isinstance(value, str | int | float)
    }


class _UnreadableError(Exception):
    def __init__(self, stage: Stage, problem: str) -> None:
        self.stage: Stage = stage
        super().__init__(problem)


@dataclass(frozen=True)
class _Asked:
    """A subject, its hash, and the text that it is, if it is one."""

    subject: Subject
    digest: str
    text: Text | None = None


def _texts_left(result: StageResult, asked: Sequence[_Asked]) -> dict[Place, str]:
    """By place, what is left of the texts that were redacted, alone or joined.

    Raises:
        ValueError: one of them cannot be rewritten where it stands.
    """
    spans: dict[Words, list[Span]] = {}
    for redaction in result.redactions:
        text = asked[redaction.subject].text
        assert text is not None
        start = 0
        for words in text.words:
            end = start + len(words.text)
            spans.setdefault(words, []).extend(
                (max(a, start) - start, min(b, end) - start) for a, b in redaction.spans
            )
            start = end + len(text.between)
    found = {words: joined(some) for words, some in spans.items()}
    if any(words.fixed for words, some in found.items() if some):
        raise ValueError("words are to be taken out of a value that cannot be changed")
    return {words.place: without(words.text, some) for words, some in found.items() if some}


def _start_of_newest_turn(messages: Sequence[BaseMessage]) -> int:
    """The messages after the last answer; an answer at the very end belongs to its own turn."""
    for at in range(len(messages) - 2, -1, -1):
        message = messages[at]
        if isinstance(message, AIMessage) and not message.tool_calls:
            return at + 1
    return 0


def _is_fault(result: StageResult | None) -> bool:
    """A guard failed, which it may not do the next time; nothing else was wrong."""
    blocking = None if result is None else result.blocking
    return blocking is not None and blocking.decision == "error" and blocking.guard != ""


def _asked(messages: Sequence[BaseMessage]) -> list[str]:
    return [text_of(message) for message in messages if isinstance(message, HumanMessage)]

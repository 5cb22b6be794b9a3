"""One turn: judge, look, think, judge, make, judge, answer."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gpt4video._clock import Clock
from gpt4video._density import gaps_between
from gpt4video._host import Host, Request
from gpt4video._inputs import (
    Spoken,
    clip_subject,
    known_part,
    model_part,
    read_request_clips,
)
from gpt4video._making import MadeClip, make_clip
from gpt4video._prompts import prompt_for
from gpt4video._words import Words
from gpt4video.events import Event, Finished, Judged, Refused, TextDelta, VideoReady
from gpt4video.memory import Memory, Turn, user_message
from gpt4video.reasoning import ClipPart, Conversation, Message, TextPart, TokenUsage
from gpt4video.reply import Reply, VideoResult
from gpt4video_guards import HoldBackWindow, StageResult, TextSubject, refusal_text

if TYPE_CHECKING:
    from gpt4video_guards import Stage, Subject, Verdict

Events = Generator[Event, None, None]

NO_GENERATOR = "(I can't make clips here: this assistant has no generator.)"


@dataclass(kw_only=True, eq=False)
class SessionState:
    """The only thing that changes from turn to turn."""

    id: str
    memory: Memory = field(default_factory=Memory)
    unjudged: tuple[Message, ...] = ()
    """Messages of the memory that came from the host and no guard has seen."""
    lasting: bool = True
    """False where no turn follows, so that the reasoner need not keep anything."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while a turn runs."""


class _BlockedTurn(Exception):  # noqa: N818 - a way out of the turn, not an error
    def __init__(self, result: StageResult) -> None:
        self.result = result


class RunningTurn:
    """A turn on its way: `open`, then `push` what the reasoner says, `conclude`, and `release`."""

    def __init__(
        self, host: Host, state: SessionState, request: Request, cancelled: threading.Event
    ) -> None:
        self._host = host
        self._state = state
        self._cancelled = cancelled
        self._verdicts: list[Verdict] = []
        self._notes: list[str] = []
        self._words = Words(HoldBackWindow(self._judge_words, window=host.window))
        self._memory = state.memory
        """What is remembered, but for what the guards took out of the host's messages."""
        self._message: Message | None = None
        self._reasoned = False
        self._kept = False
        self.request = request
        self.clock = Clock()
        self.over = False
        """Nothing more is to come from this turn."""

    def open(self) -> Events:
        """Judge what came in, read the clips, and compose the user's message."""
        try:
            yield from self._read()
            shown = yield from self._look()
        except _BlockedTurn as blocked:
            yield from self._refuse(blocked.result)
            return
        pending = self._memory.pending if self._host.shows_made_clips else ()
        self._message = user_message(self.request.text, [*pending, *shown])

    def begin_reasoning(self) -> Conversation:
        """The conversation for the reasoner, which from now on has something to forget.

        Raises:
            InvalidInputError: the new message alone is longer than the reasoner's context.
        """
        assert self._message is not None
        options = self.request.options or self._host.options
        with self.clock.running("reasoning"):
            messages = (*self._memory.messages, self._message)
            with self._host.lock:
                prompt = prompt_for(self._host, messages, options)
        self._notes += prompt.notes
        self._reasoned = True
        return Conversation(id=self._state.id, messages=prompt.messages)

    def push(self, piece: str) -> Events:
        """Take the reasoner's next piece; pieces after the turn is over are ignored."""
        if not self.over:
            yield from self._say(self._words.push(piece))

    def conclude(self) -> Events:
        """The reasoner has finished: let out the last words, make the clip, and remember."""
        if not self.over:
            yield from self._say(self._words.finish())
        if self.over:
            return
        yield from self._tell(self._words.verdicts)
        self._notes += self._words.notes
        text, made = self._words.shown, None
        handed_over = self.request.hands_over
        if self._words.prompt is not None and (handed_over or self._host.generator is None):
            try:  # nothing is made of it here, but it will be remembered
                subject = self._prompt_subject(self._words.prompt)
                result = yield from self._judge("video_prompt", [subject])
                self._words.prompt = result.text(subject.text)
            except _BlockedTurn as blocked:
                yield from self._refuse(blocked.result)
                return
            if not handed_over:
                addition = f"\n{NO_GENERATOR}" if text else NO_GENERATOR
                text += addition
                yield TextDelta(text=addition)
        elif self._words.prompt is not None:
            outcome = yield from self._make(self._words.prompt)
            if isinstance(outcome, StageResult):
                yield from self._refuse(outcome)
                return
            made = outcome
            self._words.prompt = made.result.prompt
        self._remember(made)
        if made is not None:
            yield VideoReady(video=made.result)
        reply = self._reply(text, video=None if made is None else made.result)
        yield Finished(reply=replace(reply, prompt=self._words.prompt) if handed_over else reply)

    def release(self) -> None:
        """Let the session go; the reasoner forgets what must not be kept."""
        # Its cache holds what the model said, dropped and redacted words included.
        keeps = self._kept and self._state.lasting and not self._words.altered
        try:
            if self._reasoned and not keeps:
                with self._host.lock:
                    self._host.reasoner.forget(self._state.id)
        finally:
            self._state.lock.release()

    def _read(self) -> Events:
        """Judge all words that no guard has seen, and go on with what passed."""
        told = self._state.unjudged
        spoken = Spoken.of(told, self.request, self._memory)
        if not spoken.subjects:
            return
        result = yield from self._judge("input_text", spoken.subjects)
        if result.redactions:
            words = spoken.passed(result)
            self._memory = self._memory.in_words(words[: len(told)]) if told else self._memory
            self.request = replace(self.request, texts=words[len(told) :])

    def _look(self) -> Generator[Event, None, list[ClipPart]]:
        """Read and judge the clips, and give them as the model sees them."""
        memory, count = self._memory, self._memory.clip_count
        clips = read_request_clips(self._host, self.request)
        model_frames = self._host.reasoner.num_frames
        parts: list[ClipPart] = []
        while True:
            with self.clock.running("reading"):
                clip = next(clips, None)
            if clip is None:
                return parts
            part = known_part(clip, (*memory.clips, *parts), model_frames=model_frames)
            if part is None:
                yield from self._judge("input_video", [clip_subject(clip)])
                if self._host.pipeline.covers("input_video") and (note := gaps_between(clip)):
                    self._notes.append(note)
                count += 1
                part = model_part(clip, index=count, model_frames=model_frames)
            parts.append(part)

    def _make(self, prompt: str) -> Generator[Event, None, MadeClip | StageResult]:
        assert self._message is not None
        numbers = [part.index or 0 for part in self._message.clips]
        events = make_clip(
            self._host,
            prompt,
            context=self._prompt_subject(prompt).context,
            options=self.request.video_options,
            index=max([self._memory.clip_count, *numbers]) + 1,
            clock=self.clock,
            cancelled=self._cancelled,
        )
        try:
            while True:
                event = next(events)
                if isinstance(event, Judged):
                    self._verdicts.append(event.verdict)
                yield event
        except StopIteration as end:
            outcome: MadeClip | StageResult = end.value
            return outcome
        finally:
            events.close()

    def _prompt_subject(self, prompt: str) -> TextSubject:
        context = f"{self.request.text}\n{self._words.said}"
        return TextSubject(text=prompt, kind="t2v_prompt", context=context)

    def _judge(
        self, stage: Stage, subjects: Sequence[Subject]
    ) -> Generator[Event, None, StageResult]:
        with self.clock.running("judging"):
            result = self._host.pipeline.run(stage, subjects)
        yield from self._tell(result.verdicts)
        if result.blocked:
            raise _BlockedTurn(result)
        return result

    def _judge_words(self, text: str) -> StageResult:
        subject = TextSubject(text=text, kind="response", context=self.request.text)
        with self.clock.running("judging"):
            return self._host.pipeline.run("output_text", [subject])

    def _say(self, released: str) -> Events:
        """Hand out words that the guards have let go, or refuse where they blocked."""
        if released:
            self.clock.words_are_out()
            yield TextDelta(text=released)
        if self._words.blocked is not None:
            yield from self._tell(self._words.verdicts)
            yield from self._refuse(self._words.blocked)

    def _tell(self, verdicts: Iterable[Verdict]) -> Events:
        for verdict in verdicts:
            self._verdicts.append(verdict)
            yield Judged(verdict=verdict)

    def _refuse(self, result: StageResult) -> Events:
        self.over = True
        text = refusal_text(result)
        reply = self._reply(text, stage=result.stage, reason=result.reason)
        yield Refused(stage=result.stage, reason=result.reason, text=text)
        yield Finished(reply=reply)

    def _remember(self, made: MadeClip | None) -> None:
        """Put the turn into the session: from here on it has happened."""
        assert self._message is not None
        turn = Turn(
            user=self._message,
            assistant=Message(role="assistant", parts=(TextPart(text=self._words.said),)),
            made=None if made is None else made.part,
        )
        memory, gone = self._memory.with_turn(turn).within(self._host.clip_bytes)
        self._notes += [
            f"Video {index} is no longer kept: the session's clips have reached their limit."
            for index in gone
        ]
        self._state.memory, self._state.unjudged = memory, ()
        self._kept = True

    def _reply(
        self,
        text: str,
        *,
        video: VideoResult | None = None,
        stage: Stage | None = None,
        reason: str = "",
    ) -> Reply:
        reasoner = self._host.reasoner
        return Reply(
            text=text,
            video=video,
            verdicts=tuple(self._verdicts),
            usage=reasoner.usage(self._state.id) if self._reasoned else TokenUsage(),
            timings=self.clock.timings(),
            refused=stage is not None,
            stage=stage,
            reason=reason,
            notes=tuple(self._notes),
        )

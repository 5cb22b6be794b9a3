"""The chat model on scripted parts: what it remembers, says, counts and refuses."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages import content as standard_content

from gpt4video import VideoAssistant, _inputs
from gpt4video.langchain import ChatVideoAssistant, video_block
from gpt4video.reasoning import Conversation, GenerationOptions
from gpt4video.reasoning.stopping import StoppingReasoner
from gpt4video.testing import (
    ScriptedGuard,
    ScriptedReasoner,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_guards import TextSubject
from gpt4video_guards.errors import InvalidInputError, UnknownNameError
from gpt4video_tools.video import read_clip

BLUE = (20, 40, 220)


class Stage:
    """A chat model with its parts at hand."""

    def __init__(self, *replies: str, blocked: tuple[str, ...] = (), **settings: Any) -> None:
        self.reasoner = ScriptedReasoner(replies or "Fine.")
        self.texts, self.frames = ScriptedGuard(words=blocked), ScriptedGuard()
        self.assistant = scripted_assistant(
            reasoner=self.reasoner,
            pipeline=scripted_pipeline(text_guard=self.texts, frames_guard=self.frames),
        )
        self.model = ChatVideoAssistant(assistant=self.assistant, **settings)
        self.messages: list[BaseMessage] = []

    def say(self, *content: Any) -> AIMessage:
        """One more message of the user, and the answer; both stay in the conversation."""
        blocks = [{"type": "text", "text": c} if isinstance(c, str) else c for c in content]
        self.messages.append(HumanMessage(blocks))
        answer = self.model.invoke(self.messages)
        self.messages.append(answer)
        return answer

    @property
    def told(self) -> list[str]:
        """The words of the prompt that the model was given last."""
        return [message.text for message in self.reasoner.conversations[-1].messages]

    @property
    def shown(self) -> list[int]:
        """How many clips stood in each message of it."""
        return [len(message.clips) for message in self.reasoner.conversations[-1].messages]


def test_a_clip_is_decoded_judged_and_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []

    def counted(source: Any, **options: Any) -> Any:
        decoded.append(source)
        return read_clip(source, **options)

    monkeypatch.setattr(_inputs, "read_clip", counted)
    stage = Stage()
    stage.say("What is it?", video_block(flat_mp4()))
    judged = len(stage.texts.seen)
    for question in ("Is it red?", "Is it large?"):
        stage.say(question)
    assert len(decoded) == len(stage.frames.seen) == len(stage.reasoner.encoded) == 1
    assert stage.shown == [1, 0, 0, 0, 0]
    assert "What is it?" not in stage.texts.texts[judged:]
    assert len({each.id for each in stage.reasoner.conversations}) == 1


def test_two_continuations_of_one_conversation_do_not_mix() -> None:
    stage = Stage()
    stage.say("What is it?", video_block(flat_mp4()))
    known = list(stage.messages)
    for question in ("Is it red?", "Is it blue?"):
        stage.messages = list(known)
        stage.say(question)
        assert stage.told == ["What is it?", "Fine.", question]
    assert len(stage.reasoner.encoded) == 1


@pytest.mark.parametrize("kept", [0, 1])
def test_a_history_that_is_not_remembered_is_told_and_judged_anew(kept: int) -> None:
    stage = Stage(kept_conversations=kept)
    stage.say("What is it?", video_block(flat_mp4()))
    other = ChatVideoAssistant(assistant=stage.assistant, kept_conversations=0)
    model = other if kept else stage.model
    seen = len(stage.texts.seen)
    model.invoke([*stage.messages, HumanMessage("Is it red?")])
    assert stage.told == ["What is it?", "Fine.", "Is it red?"]
    assert stage.shown == [0, 0, 1]  # the clip comes with the newest message
    # The pipeline still knows its judgement of the first words; those of the answer had a context.
    assert stage.texts.texts[seen : seen + 2] == ["Fine.", "Is it red?"]


def test_an_edited_answer_is_judged() -> None:
    stage = Stage(blocked=("bomb",))
    stage.say("What is it?")
    stage.messages[-1] = AIMessage("A bomb.")
    assert stage.say("Really?").response_metadata["stage"] == "input_text"


def test_words_since_what_is_remembered_are_judged_and_the_rest_is_not() -> None:
    stage = Stage()
    stage.say("One?")
    stage.messages += [HumanMessage("Two?"), AIMessage("By somebody else.")]
    seen = len(stage.texts.seen)
    stage.say("Three?")
    assert stage.told == ["One?", "Fine.", "Two?", "By somebody else.", "Three?"]
    assert stage.texts.texts[seen : seen + 3] == ["Two?", "By somebody else.", "Three?"]
    kinds = [each.kind for each in stage.texts.seen[seen:] if isinstance(each, TextSubject)]
    assert kinds[:3] == ["prompt", "response", "prompt"]


def test_a_made_clip_comes_back_as_a_block_and_is_remembered() -> None:
    stage = Stage("Here. <video> a star </video>", "It is red.", "Yes.")
    answer = stage.say("Make a star.")
    assert isinstance(answer.content, list)
    assert [block["type"] for block in answer.content_blocks] == ["text", "video"]
    stage.say("What colour is it?")
    assert stage.shown == [0, 0, 1]
    again = ChatVideoAssistant(assistant=stage.assistant)  # a process that remembers nothing
    again.invoke([*stage.messages[:2], HumanMessage("Is it red?")])
    assert stage.shown == [0, 0, 1]


def _all_words(message: AIMessage) -> str:
    """Its words, a refusal included: a block with newer versions of langchain-core, else text."""
    blocks = [message.content] if isinstance(message.content, str) else message.content
    return "\n\n".join(
        block if isinstance(block, str) else block.get("refusal", "") for block in blocks
    ).strip()


def test_a_refusal_is_an_answer_and_its_exchange_is_left_out() -> None:
    stage = Stage(blocked=("bomb",))
    refused = stage.say("A bomb?", video_block(flat_mp4()))
    assert _all_words(refused).startswith("Sorry")
    assert refused.response_metadata["refused"] is True
    assert refused.response_metadata["finish_reason"] == "refusal"
    assert refused.response_metadata["verdicts"][0]["decision"] == "block"
    stage.say("A boat?")
    assert stage.told == ["A boat?"]
    assert stage.shown == [0]


def test_refusals_are_blocks_where_langchain_core_has_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standard_content, "RefusalContentBlock", dict, raising=False)
    stage = Stage(blocked=("bomb",))
    (block,) = list(stage.say("A bomb?").content)
    assert isinstance(block, dict)
    assert block["type"] == "refusal"
    assert block["refusal"].startswith("Sorry")
    whole = _whole(stage.model, "A bomb?")
    assert whole.content == ["", block] or whole.content == [block]


def _whole(model: Any, asked: Any, **options: Any) -> AIMessageChunk:
    first, *rest = model.stream(asked, **options)
    whole = first
    for chunk in rest:
        whole = whole + chunk
    assert isinstance(whole, AIMessageChunk)
    return whole


def test_a_refusal_in_a_stream_stands_below_what_was_said() -> None:
    words = "It is a quiet day at the sea. " * 20
    stage = Stage(f"{words}A bomb.", blocked=("bomb",))
    said, refusal = _all_words(_whole(stage.model, "Tell me.")).split("\n\n")
    assert words.startswith(said)
    assert refusal.startswith("Sorry")


def test_usage_and_name_are_told_once_in_a_stream() -> None:
    stage = Stage()
    chunks = list(stage.model.stream("What is it?"))
    (told,) = [chunk for chunk in chunks if chunk.usage_metadata]
    assert told.usage_metadata is not None
    assert told.usage_metadata["input_tokens"] == 3
    assert told.response_metadata["model_name"] == stage.model.model_name == "given assistant"


@pytest.mark.parametrize("pieces", [1, 3, 50])
def test_an_answer_ends_where_a_stop_word_begins(pieces: int) -> None:
    stage = Stage()
    stage.reasoner._replies = "one two three four"
    stage.reasoner.piece_chars = pieces
    assert stage.model.invoke("Count.", stop=["four", " thr"]).text == "one two"
    assert _whole(stage.model, "Count.", stop=[" two"]).text == "one"
    assert (
        ChatVideoAssistant(assistant=stage.assistant, stop=["four"]).invoke("Count.").text
        == "one two three"
    )
    assert stage.model.invoke("Count.", stop=["threx"]).text == "one two three four"
    with pytest.raises(InvalidInputError, match="stop"):
        StoppingReasoner(stage.reasoner, [""])


def test_a_stop_word_in_a_prompt_means_no_clip() -> None:
    stage = Stage("Here. <video> a star END </video>")
    answer = stage.model.invoke("Make one.", stop=["END"])
    assert answer.text == "Here."
    assert not stage.assistant.generator.requests  # type: ignore[union-attr]


def test_settings_reach_the_model_and_a_call_may_change_them() -> None:
    stage = Stage(temperature=0.5, max_tokens=7, seed=3)
    stage.model.invoke("One?")
    stage.model.invoke("Two?", max_tokens=9, temperature=0.0)
    assert stage.reasoner.options == [
        GenerationOptions(max_new_tokens=7, temperature=0.5, seed=3),
        GenerationOptions(max_new_tokens=9, temperature=0.0, seed=3),
    ]


def test_system_messages_are_joined_and_stand_first() -> None:
    stage = Stage()
    stage.model.invoke(
        [SystemMessage("Be brief."), SystemMessage("Be kind."), HumanMessage("Hello")]
    )
    first, _ = stage.reasoner.conversations[-1].messages
    assert (first.role, first.text) == ("system", "Be brief.\nBe kind.")


def test_messages_in_a_row_are_one_turn_and_an_answer_may_come_first() -> None:
    stage = Stage()
    stage.model.invoke(
        [
            AIMessage("Welcome."),
            HumanMessage("Hello"),
            HumanMessage("What?"),
            AIMessage("A"),
            AIMessage("B"),
            HumanMessage("Well?"),
        ]
    )
    assert stage.told == ["", "Welcome.", "Hello\nWhat?", "A B", "Well?"]


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([], "last message: none"),
        ([HumanMessage("Hello"), AIMessage("Hello")], "last message: ai"),
        ([SystemMessage("Be brief.")], "last message: system"),
        ([HumanMessage("")], "text"),
        ([SystemMessage([video_block(b"clip")]), HumanMessage("Hello")], "system message"),
        ([HumanMessage([{"type": "image", "url": "https://x.org/a.png"}])], "'image'"),
    ],
)
def test_messages_that_cannot_be_answered_are_errors(
    messages: list[BaseMessage], problem: str
) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        Stage().model._generate(messages)


def test_a_result_without_a_call_is_read_as_another_tools() -> None:
    stage = Stage()
    stage.model.invoke([HumanMessage("Hello"), ToolMessage("It rains.", tool_call_id="1")])
    assert stage.told == ["Hello\nIt rains."]


def test_weights_are_loaded_by_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(cls: Any, name: str, /, **options: Any) -> VideoAssistant:
        loaded.append((name, options))
        return scripted_assistant("Fine.")

    monkeypatch.setattr(VideoAssistant, "from_pretrained", classmethod(load))
    model = ChatVideoAssistant(policy="strict", device="cpu")
    assert not loaded
    for _ in range(2):
        model.invoke("Hello")
    assert model.invoke("Hello", model="./other").response_metadata["model_name"] == "./other"
    settings = {"policy": "strict", "device": "cpu"}
    assert loaded == [("shapes", settings), ("./other", settings)]


def test_an_unknown_name_is_an_error_of_the_first_call() -> None:
    with pytest.raises(UnknownNameError):
        ChatVideoAssistant(model="no-such-assistant").invoke("Hello")


def test_a_given_assistant_is_not_exchanged_by_a_call() -> None:
    with pytest.raises(InvalidInputError, match="model"):
        Stage().model.invoke("Hello", model="shapes")


def test_importing_the_package_loads_no_weights_code() -> None:
    code = "import sys, gpt4video.langchain; print({'torch', 'transformers'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_tokens_are_counted_by_the_model_with_its_clips() -> None:
    stage = Stage()
    assert stage.model.get_num_tokens("one two three") == 3
    messages: list[BaseMessage] = [
        SystemMessage("Be brief."),
        HumanMessage(["What is it?", video_block(flat_mp4())]),
        AIMessage("A red field."),
    ]
    expected = 2 + 3 + stage.reasoner.tokens_per_clip + 3
    assert stage.model.get_num_tokens_from_messages(messages) == expected


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="temprature"):
        ChatVideoAssistant(temprature=1)  # type: ignore[call-arg]


def test_there_is_no_structured_output() -> None:
    with pytest.raises(NotImplementedError, match="structured output"):
        Stage().model.with_structured_output({"title": "Joke", "type": "object"})


def test_threads_may_share_a_model() -> None:
    stage = Stage()
    stage.reasoner._replies = lambda asked: f"You said {asked.messages[-1].text}"
    asked: list[Any] = [
        [HumanMessage([f"word {n}", video_block(flat_mp4(BLUE))])] for n in range(6)
    ]
    answers = stage.model.batch(asked, {"max_concurrency": 3})
    assert [answer.text for answer in answers] == [f"You said word {n}" for n in range(6)]


def _never(_: Conversation) -> str:
    raise AssertionError("the language model was asked")


def test_a_blocked_clip_never_reaches_the_model() -> None:
    assistant = scripted_assistant(_never, blocked_colours=[BLUE])
    answer = ChatVideoAssistant(assistant=assistant).invoke(
        [HumanMessage([video_block(flat_mp4(BLUE))])]
    )
    assert answer.response_metadata["stage"] == "input_video"

"""The store of clips: bytes come back as they went in, and nothing else can be read through it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_tools.clips import ClipStore, ClipStoreError, UnknownClipError, remote, store
from gpt4video_tools.provenance import manifest_path
from gpt4video_tools.video import BudgetExceededError

Make = Callable[..., ClipStore]


class Clock:
    """A time of day that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(store, "_now", clock)
    return clock


@pytest.fixture(params=["folder", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Opens the same place again with each call, with other limits if told so."""
    url = str(tmp_path / "kept") if request.param == "folder" else "memory://kept/clips"
    yield lambda **limits: ClipStore(url, **limits)
    if request.param == "memory":
        import fsspec

        files = fsspec.filesystem("memory")
        if files.exists("/kept"):
            files.rm("/kept", recursive=True)


def test_a_clip_comes_back_byte_for_byte_with_its_manifest(make: Make, tmp_path: Path) -> None:
    clips = make()
    clip = _clip(tmp_path, "one.mp4", b"the bytes", manifest=b"{}")
    handle = clips.keep(clip)
    clip.unlink()
    assert clips.read(handle) == b"the bytes"
    assert make().read(handle) == b"the bytes", "another process with the same place"
    with clips.fetch(handle) as path:
        assert path.name == "one.mp4"
        assert path.read_bytes() == b"the bytes"
        assert manifest_path(path).read_bytes() == b"{}"


def test_a_folder_s_handle_is_the_address_of_the_file_itself(tmp_path: Path) -> None:
    clips = ClipStore(tmp_path / "my clips")
    handle = clips.keep(_clip(tmp_path, "a b#%.mp4", b"x"))
    address = urlparse(handle)
    assert address.scheme == "file"
    path = Path(unquote(address.path))
    assert path.read_bytes() == b"x"
    with clips.fetch(handle) as fetched:
        assert fetched == path


def test_every_handle_is_its_own(make: Make, tmp_path: Path) -> None:
    clips = make()
    clip = _clip(tmp_path, "one.mp4", b"1")
    handles = [clips.keep(clip) for _ in range(3)]
    assert clips.handles() == handles, "the oldest first, also within one microsecond"
    assert len(set(handles)) == 3


def test_over_the_number_of_clips_the_oldest_go_with_their_manifests(
    make: Make, tmp_path: Path
) -> None:
    clips = make(max_clips=2)
    handles = [
        clips.keep(_clip(tmp_path, f"{name}.mp4", name.encode(), manifest=b"{}")) for name in "abc"
    ]
    assert clips.handles() == handles[1:]
    with pytest.raises(UnknownClipError):
        clips.read(handles[0])
    assert clips.read(handles[2]) == b"c"
    assert len(_files(clips, tmp_path)) == 4


def test_over_the_bytes_the_oldest_go(make: Make, tmp_path: Path) -> None:
    clips = make(max_bytes=100)
    first = clips.keep(_clip(tmp_path, "a.mp4", bytes(40), manifest=bytes(10)))
    second = clips.keep(_clip(tmp_path, "b.mp4", bytes(50)))
    assert clips.handles() == [first, second], "as many bytes as may be"
    third = clips.keep(_clip(tmp_path, "c.mp4", bytes(1)))
    assert clips.handles() == [second, third]


def test_a_clip_larger_than_the_store_is_refused_and_removes_nothing(
    make: Make, tmp_path: Path
) -> None:
    clips = make(max_bytes=100)
    first = clips.keep(_clip(tmp_path, "a.mp4", bytes(40)))
    with pytest.raises(BudgetExceededError) as caught:
        clips.keep(_clip(tmp_path, "b.mp4", bytes(60), manifest=bytes(41)))
    assert (caught.value.limit, caught.value.allowed, caught.value.found) == ("max_bytes", 100, 101)
    assert clips.handles() == [first]


def test_a_clip_expires(make: Make, tmp_path: Path, clock: Clock) -> None:
    clips = make(max_age=60)
    old = clips.keep(_clip(tmp_path, "a.mp4", b"a"))
    clock.now += 60
    new = clips.keep(_clip(tmp_path, "b.mp4", b"b"))
    assert clips.read(old) == b"a", "not older than max_age"
    clock.now += 1
    with pytest.raises(UnknownClipError):
        clips.read(old)
    assert clips.handles() == [new]
    assert len(_files(clips, tmp_path)) == 2, "still there, for nobody to have"
    clips.sweep()
    assert len(_files(clips, tmp_path)) == 1


def test_a_clip_in_use_outlives_the_limits(make: Make, tmp_path: Path) -> None:
    clips = make(max_clips=1)
    first = clips.keep(_clip(tmp_path, "a.mp4", b"a"))
    with clips.fetch(first) as path:
        second = clips.keep(_clip(tmp_path, "b.mp4", b"b"))
        assert path.read_bytes() == b"a"
        assert clips.handles() == [first, second]
    clips.sweep()
    assert clips.handles() == [second]


def test_a_clip_can_be_removed(make: Make, tmp_path: Path) -> None:
    clips = make()
    handle = clips.keep(_clip(tmp_path, "a.mp4", b"a", manifest=b"{}"))
    clips.remove(handle)
    assert _files(clips, tmp_path) == []
    with pytest.raises(UnknownClipError):
        clips.remove(handle)


@pytest.mark.parametrize(
    "change",
    [
        lambda handle, _: "",
        lambda handle, _: handle.removesuffix("mp4"),
        lambda handle, _: handle + ".json",
        lambda handle, _: handle.rsplit("/", 1)[0],
        lambda handle, _: handle.rsplit("/", 1)[0] + "/../" + handle.rsplit("/", 2)[1] + "/a.mp4",
        lambda handle, _: handle.rsplit("/", 2)[0] + "/../secret.mp4",
        lambda handle, _: handle.rsplit("/", 2)[0] + "/%2e%2e/secret.mp4",
        lambda handle, _: handle.rsplit("/", 2)[0] + "/./secret.mp4",
        lambda handle, folder: (folder / "secret.mp4").as_uri(),
        lambda handle, folder: str(folder / "secret.mp4"),
        lambda handle, _: handle + "\0",
        lambda handle, _: handle + "?x=1",
    ],
)
def test_nothing_but_its_own_handles_resolves(
    make: Make, tmp_path: Path, change: Callable[[str, Path], str]
) -> None:
    clips = make()
    handle = clips.keep(_clip(tmp_path, "a.mp4", b"a", manifest=b"{}"))
    _clip(tmp_path, "secret.mp4", b"secret")
    with pytest.raises(UnknownClipError):
        clips.read(change(handle, tmp_path))
    assert clips.read(handle) == b"a"


@pytest.mark.parametrize("linked", ["clip", "folder"])
def test_links_inside_the_folder_are_not_followed(tmp_path: Path, linked: str) -> None:
    clips = ClipStore(tmp_path / "kept")
    handle = clips.keep(_clip(tmp_path, "a.mp4", b"a"))
    with clips.fetch(handle) as path:
        pass
    (tmp_path / "elsewhere").mkdir()
    secret = _clip(tmp_path / "elsewhere", "a.mp4", b"secret")
    path.unlink()
    if linked == "clip":
        path.symlink_to(secret)
    else:
        path.parent.rmdir()
        path.parent.symlink_to(secret.parent)
    with pytest.raises(UnknownClipError):
        clips.read(handle)
    clips.sweep()
    assert secret.read_bytes() == b"secret"


def test_other_files_in_the_same_place_are_left_alone(tmp_path: Path) -> None:
    mine = _clip(tmp_path, "holiday.mp4", bytes(1000))
    (tmp_path / "album").mkdir()
    also = _clip(tmp_path / "album", "birthday.mp4", bytes(1000))
    clips = ClipStore(tmp_path, max_bytes=10, max_clips=1, max_age=1e-9)
    clips.keep(_clip(tmp_path, "a.mp4", b"a"))
    clips.sweep()
    assert mine.is_file()
    assert also.is_file()
    assert clips.handles() == []


def test_a_clip_that_cannot_be_copied_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = ClipStore(tmp_path / "kept", max_clips=1)

    def full_disk(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        if Path(target).suffix == ".json":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("gpt4video_tools.clips.folder.shutil.copyfile", full_disk)
    with pytest.raises(ClipStoreError, match="No space left"):
        clips.keep(_clip(tmp_path, "a.mp4", b"a", manifest=b"{}"))
    assert list((tmp_path / "kept").iterdir()) == []
    monkeypatch.undo()
    assert clips.read(clips.keep(_clip(tmp_path, "b.mp4", b"b"))) == b"b"


def test_a_service_that_fails_leaves_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    memory = type(fsspec.filesystem("memory"))
    clips = ClipStore("memory://failing")

    def cut_off(self: object, source: str, target: str) -> None:
        if target.endswith(".mp4"):
            raise ConnectionResetError("cut off")
        fsspec.filesystem("memory").pipe(target, b"{}")

    monkeypatch.setattr(memory, "put_file", cut_off)
    with pytest.raises(ClipStoreError, match="cut off"):
        clips.keep(_clip(tmp_path, "a.mp4", b"a", manifest=b"{}"))
    assert fsspec.filesystem("memory").find("/failing") == []


def test_what_a_crash_left_goes_after_an_hour(
    make: Make, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = make()
    handle = clips.keep(_clip(tmp_path, "a.mp4", b"a", manifest=b"{}"))
    id = handle.split("/")[-2]
    if handle.startswith("file:"):
        (tmp_path / "kept" / id).rename(tmp_path / "kept" / f".{id}.part")
    else:
        import fsspec

        fsspec.filesystem("memory").rm(f"/kept/clips/{id}/a.mp4")
    clips.sweep()
    assert _files(clips, tmp_path) != [], "it may still be being written"
    clock.now += 3601
    clips.sweep()
    assert _files(clips, tmp_path) == []


def test_many_threads_keep_and_read_within_the_limits(make: Make, tmp_path: Path) -> None:
    clips = make(max_clips=20)
    wrong: list[object] = []

    def work(number: int) -> None:
        try:
            (tmp_path / str(number)).mkdir()
            for turn in range(5):
                data = f"{number} {turn}".encode()
                handle = clips.keep(_clip(tmp_path / str(number), "a.mp4", data, manifest=b"{}"))
                if clips.read(handle) != data:
                    wrong.append(handle)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(clips.handles()) == 20


def test_only_finished_mp4_files_are_taken(tmp_path: Path) -> None:
    clips = ClipStore(tmp_path / "kept")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "words.txt").write_text("hello")
    for name in ("missing.mp4", "folder.mp4", "words.txt"):
        with pytest.raises(InvalidInputError, match="path"):
            clips.keep(tmp_path / name)
    assert not (tmp_path / "kept").exists(), "made when the first clip comes"


@pytest.mark.parametrize("name", ["max_bytes", "max_clips", "max_age"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", True])
def test_limits_are_positive_numbers(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(InvalidInputError, match=name):
        ClipStore(tmp_path, **{name: value})  # type: ignore[arg-type]


def test_a_url_that_cannot_be_opened_says_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="nosuch"):
        ClipStore("nosuch://clips")
    with pytest.raises(InvalidInputError, match="storage_options"):
        ClipStore("ftp://me:secret@example.com/clips")


def test_a_whole_file_system_can_be_a_store(tmp_path: Path) -> None:
    clips = ClipStore("memory://")
    handle = clips.keep(_clip(tmp_path, "a.mp4", b"a"))
    assert clips.read(handle) == b"a"
    import fsspec

    with fsspec.open(handle) as file:
        assert file.read() == b"a", "the handle is the clip's address for fsspec too"
    clips.remove(handle)


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    clips = ClipStore(tmp_path.as_uri())
    handle = clips.keep(_clip(tmp_path, "a.mp4", b"a"))
    assert ClipStore(tmp_path).read(handle) == b"a"


def _clip(folder: Path, name: str, data: bytes, *, manifest: bytes | None = None) -> Path:
    path = folder / name
    path.write_bytes(data)
    if manifest is not None:
        manifest_path(path).write_bytes(manifest)
    return path


def _files(clips: ClipStore, folder: Path) -> list[str]:
    """Every file in the place of a store."""
    if isinstance(clips._shelf, remote.RemoteShelf):
        import fsspec

        return [str(path) for path in fsspec.filesystem("memory").find("/kept")]
    return [
        os.path.join(where, name) for where, _, names in os.walk(folder / "kept") for name in names
    ]

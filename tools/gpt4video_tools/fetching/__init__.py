"""Fetching a clip from an address that a stranger, or a language model, has named.

    fetcher = ClipFetcher(hosts=["media.example.com", "*.cdn.example.com"])
    with fetcher.fetch("https://media.example.com/a.mp4") as path:
        clip = read_clip(path, num_frames=8)

The address is taken apart once, here. Its host must be allowed. Its name is looked up, and the
connection goes to an address that was checked, so that a name that changes its address in between
gains nothing. Every redirect goes the same way. Proxies, cookies and credentials are not used.
"""

from gpt4video_tools.fetching.errors import FetchError
from gpt4video_tools.fetching.fetcher import ClipFetcher

__all__ = ["ClipFetcher", "FetchError"]

"""Clips and what handles them: `video` reads and writes, `gallery` makes, `provenance` says where
a clip came from, `langchain` lends all of it to agents.
"""

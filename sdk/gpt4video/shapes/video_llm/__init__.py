"""The embedded video LLM: clips of the shapes world and the paper's two training stages on them."""

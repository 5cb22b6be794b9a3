"""The embedded CLIP: a small open_clip model of the shapes world, trained by contrast."""

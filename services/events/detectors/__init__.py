"""One module a detector: which acts nobody has told of are behind those that came in. Pure."""

"""The commands of `requite`, one module for each group."""

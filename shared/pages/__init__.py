"""The pages that customers see without signing in: one layout, one style, no script."""

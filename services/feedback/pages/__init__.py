"""The pages that customers see: templates, texts by language, one style."""

"""The programme: a folder of YAML files and templates, read once into a frozen value."""

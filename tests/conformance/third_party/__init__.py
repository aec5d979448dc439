"""A server that is not ours, for the kit to meet: FHIRStarter, from PyPI."""

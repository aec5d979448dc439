"""The benchmark harness: `python -m benchmarks`. It stands beside the service and meets it over
HTTP."""

"""Makes what is derived of the API's own description: `make client` and `make collection`."""

"""What others use to call the plain API: a Python client, a collection, and how both are made."""

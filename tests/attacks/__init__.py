"""What an attacker would try, by class of bypass, with two people who are linked on purpose.

Each file is named after its classes; each class is tried as everyone of tests/attacks/cast.py.
Classes that there is nothing to try on:

- 15 bulk export: there is no $export and no file to fetch; the address answers 404 like any other.
- 16 import: loading is a command on the machine; no request makes the service fetch an address but
  a client's key set, which tests/access/test_key_address.py and test_key_fetch.py attack.
- 17 subscriptions: a Subscription is stored and read by its author alone; nothing is sent yet.
- 14 `$lastn`, `$meta-add`, `$graph` and `$match`, 21 GraphQL, CSV, pages and XML: not served.
- 24 tenancy: one record, one tenant; the borders inside it are the classes before.
"""

"""Outside the floors: the conformance kit, which meets a server only over HTTP.

What belongs here: the requirements of FHIR R4, of SMART and of this guide, as checks that any
server can be put to, and the reports of what came of them. It may know `app.fhir`, and nothing else
of the service; only the command line offers it.
"""

"""Floor 2, the meaning: what the record is about. Pure; knows neither the store nor HTTP."""
